/* Static variables: initialised, read only before a write, written but never read, two-valued. */
#include "program.h"

static int level = 3, never_written = 42, only_two_values, written_once;
static const int *selected = NULL;
static int table[5] = {5, 4, 3, 2, 1};
static struct { int a, b; char c[8]; } state = {1, 2, "start"};
static volatile int device = 9;

KEEP static int next(void) {
  static int calls = 100;
  return calls++;
}
KEEP static int other_next(void) {
  static int calls = 100;
  return calls += 10;
}
KEEP static void enable(int on) { only_two_values = on ? 7 : 0; }
KEEP static int enabled(void) { return only_two_values == 7 ? never_written : only_two_values - 1; }
KEEP static void choose(int i) { selected = i < 5 ? &table[i] : NULL; }
KEEP static int chosen(void) { return selected ? *selected : -1; }
KEEP static void once(int x) {
  if (!written_once) written_once = x;
}
KEEP static int advance(int by) {
  state.a += by;
  state.b ^= state.a;
  state.c[state.a & 3]++;
  return state.a * 1000 + state.b;
}
KEEP static int nested(int n) {
  int saved = level;
  level = n;
  int result = n > 0 ? nested(n - 1) + level : level * 50;
  level = saved;
  return result;
}

int main(void) {
  out("next", next() * 1000 + other_next());
  out("next", next() * 1000 + other_next());
  out("enabled", enabled());
  enable(in(1));
  out("enabled", enabled());
  choose(in(7));
  out("chosen", chosen());
  choose(in(2));
  table[2] = in(33);
  out("chosen", chosen());
  once(in(5));
  once(in(6));
  out("once", written_once);
  for (int i = 0; i < 3; i++) out("advance", advance(in(i + 2)));
  printf("%s\n", state.c);
  out("nested", nested(in(4)) * 10 + level);
  device = device + 1;
  out("device", device + device);
}
