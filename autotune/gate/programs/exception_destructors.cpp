// form: clang. Destructors that run while an exception passes, in order, once each, also of half-made objects.
#include "program.h"

static char trace[256];
static int traced;
static void note(char c) { if (traced < 250) trace[traced++] = c; }

struct guard {
  char name;
  explicit guard(char n) : name(n) { note(n); }
  guard(const guard &g) : name(static_cast<char>(g.name + 1)) { note('+'); note(name); }
  ~guard() { note('~'); note(name); }
};
struct half {
  guard first, second;
  explicit half(int x) : first('f'), second('s') { if (x == 1) throw x; }
  ~half() { note('h'); }
};
struct several {
  guard a;
  half b;
  guard c;
  explicit several(int x) : a('1'), b(x), c('3') { if (x == 2) throw x; }
};
KEEP static int thrower(int x) { if (x > 2) throw x; return x; }
KEEP static int nested(int x) {
  guard a('a');
  {
    guard b('b');
    thrower(x);
    note('.');
  }
  guard c('c');
  thrower(x + 1);
  return x;
}
KEEP static int by_value(guard g, int x) { return thrower(x) + g.name; }
KEEP static int array(int x) {
  guard all[3] = {guard('x'), guard('y'), guard('z')};
  for (int i = 0; i < 3; i++) if (thrower(x - 2 + i) > 100) return i;
  return all[x % 3].name;
}
KEEP static int temporaries(int x) { return by_value(guard('t'), x) + by_value(guard('u'), x - 1); }

int main() {
  for (int x = 0; x < 4; x++) {
    traced = 0;
    int result = -1;
    try {
      result = nested(in(x));
      several all(in(x));
      result = result * 10 + array(in(x + 1));
      result = result * 10 + temporaries(in(x));
    } catch (int e) {
      note('!');
      result += e * 100;
    }
    trace[traced] = 0;
    printf("%s\n", trace);
    out("result", result);
  }
  traced = 0;
  half *made = nullptr;
  try {
    made = new half(in(1));
  } catch (int) {
    note('!');
  }
  trace[traced] = 0;
  printf("%s %d\n", trace, made == nullptr);
}
