// form: clang. Throwing through frames, the order of handlers, rethrowing, what is caught by what.
#include <exception>

#include "program.h"

struct base { int code; explicit base(int c) : code(c) {} virtual ~base() = default; virtual int kind() const { return 1; } };
struct derived : base { using base::base; int kind() const override { return 2; } };
struct other { double value; };

KEEP static int thrower(int which) {
  switch (which) {
    case 0: throw 7;
    case 1: throw base(3);
    case 2: throw derived(4);
    case 3: throw other{2.5};
    case 4: throw "text";
    case 5: throw static_cast<unsigned>(9);
  }
  return which;
}
KEEP static int middle(int which) {
  int before = which * 2;
  int result = thrower(which);
  return before + result;
}
KEEP static int catcher(int which) {
  try {
    return middle(which);
  } catch (int x) {
    return 1000 + x;
  } catch (const derived &d) {
    return 2000 + d.code * 10 + d.kind();
  } catch (base &b) {
    b.code++;
    return 3000 + b.code * 10 + b.kind();
  } catch (const char *text) {
    return 4000 + text[0];
  } catch (...) {
    return 5000;
  }
}
KEEP static int again(int which) {
  int trace = 0;
  try {
    try {
      middle(which);
      trace = 9;
    } catch (base &b) {
      b.code += 100;
      trace += 1;
      throw; // the same object
    } catch (int) {
      trace += 2;
      throw other{1.0};
    }
  } catch (base b) {
    trace += b.code * 10 + b.kind(); // sliced
  } catch (const other &o) {
    trace += static_cast<int>(o.value) * 500;
  }
  return trace;
}
KEEP static int function_try(int which) try {
  return thrower(which) + 1;
} catch (...) {
  return std::current_exception() != nullptr ? -1 : -2;
}

int main() {
  for (int which = 0; which < 8; which++) out("catcher", catcher(in(which)));
  for (int which = 0; which < 3; which++) out("again", again(in(which)));
  out("again", again(in(7)));
  out("function", function_try(in(4)) * 10 + function_try(in(6)));
}
