/* form: clang. Small functions, inlined into each other: order of effects, locals of their own, deep nests. */
#include "program.h"

static int clock_;
static int now(void) { return ++clock_; }
static int twice(int x) { int y = x; y += x; return y; }
static int local_array(int x) {
  int v[3] = {x};
  v[1] += x + 1;
  v[2] = v[0] - v[1];
  return v[0] * 100 + v[1] * 10 + v[2];
}
static inline __attribute__((always_inline)) int always(int *p) { return (*p)++ * 2; }
static int level3(int x) { return x <= 0 ? now() : x + now(); }
static int level2(int x) { int a = level3(x), b = level3(-x); return a * 10 + b; }
static int level1(int x) { return level2(x) - level2(x + 1); }
static int short_circuit(int x) { return (x > 0 && now() > 2) || (x < -3 && now()); }
static int early(int *p, int x) {
  if (x == 0) return 0;
  *p += x;
  if (x == 1) return 1;
  *p *= 2;
  return 2;
}
static int stack_user(int n) {
  char text[24];
  snprintf(text, sizeof text, "%d-%d", n, n * n);
  return (int)strlen(text) + text[0];
}
static int looped(int n) {
  int sum = 0;
  for (int i = 0; i < n; i++) sum += local_array(i) + early(&sum, i & 3);
  return sum;
}
static int recursive_inline(int n, int (*self)(int)) { return n <= 1 ? n : self(n - 1) + n; }
static int triangle(int n) { return recursive_inline(n, triangle); }

int main(void) {
  int x = in(4);
  out("order", twice(now()) + now() * 100);
  out("array", local_array(in(3)) + local_array(in(-2)));
  int first = always(&x);
  int second = always(&x);
  out("always", first * 100 + second * 10 + x);
  out("levels", level1(in(2)));
  out("short", short_circuit(in(1)) + short_circuit(in(-1)) * 2 + short_circuit(in(-9)) * 4 + clock_ * 10);
  for (int i = 0; i < 4; i++) out("early", early(&x, in(i)) * 1000 + x);
  out("stack", stack_user(in(7)) * 100 + stack_user(in(-12)));
  out("looped", looped(in(6)));
  out("triangle", triangle(in(10)));
}
