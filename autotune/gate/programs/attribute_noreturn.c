/* Paths that end the program, that cannot be reached, and what is known after them. */
#include "program.h"

static int stage;
static void at_end(void) { printf("at end %d\n", stage); }
static void before_that(void) { printf("before %d\n", stage++); }

__attribute__((noreturn, noinline)) static void fail(int code) {
  printf("fail %d\n", code);
  exit(0);
}
KEEP static int checked(int x) {
  if (x > 100) fail(x);
  return x > 100 ? -1 : x + 1; /* the first can never be */
}
KEEP static int assumed(int x) {
  if (x < 0) __builtin_unreachable();
  return x / 2 + x % 2 + (x >= 0);
}
KEEP static int kinds(unsigned x) {
  switch (x & 3) {
    case 0: return 10;
    case 1: return 20;
    case 2: return 30;
    case 3: return 40;
    default: __builtin_unreachable();
  }
}
KEEP static int trap_free(const int *p, int n) {
  int sum = 0;
  for (int i = 0; i < n; i++) {
    if (p[i] == 999) fail(i);
    if (p[i] < 0) __builtin_trap();
    sum += p[i];
  }
  return sum;
}
KEEP static int aligned(const void *p) {
  const int *q = __builtin_assume_aligned(p, 16);
  __builtin_assume(*q > 5);
  return *q > 5 ? *q + (int)((uintptr_t)q & 15) : -1;
}

int main(void) {
  const int v[] = {1, 2, 3, 999, -1};
  static _Alignas(16) int number[4];
  number[0] = in(8);
  atexit(at_end);
  atexit(before_that);
  out("checked", checked(in(99)));
  out("assumed", assumed(in(7)) * 10 + assumed(in(0)));
  for (unsigned x = 0; x < 4; x++) out("kind", kinds(in_u(x + 8)));
  out("trap", trap_free(v, in(3)));
  out("aligned", aligned(number));
  stage = in(5);
  trap_free(v, in(5));
  out("never", 1);
}
