/* form: clang. Conditions that do not change in a loop, and some that only seem not to. */
#include "program.h"

static volatile int noise;
static int mode;

KEEP static void touch(int i) {
  if (i == 3) mode ^= 1;
}
KEEP static int steady(const int *a, int n, int negate, int skip) {
  int sum = 0;
  for (int i = 0; i < n; i++) {
    if (skip && a[i] % 2) continue;
    if (negate) sum -= a[i];
    else sum += a[i] * 2;
  }
  return sum;
}
KEEP static int unsteady(int n) {
  int sum = 0;
  for (int i = 0; i < n; i++) {
    if (mode) sum += i;
    else sum += 100;
    touch(i);
  }
  return sum;
}
KEEP static int by_switch(int n, int kind) {
  int sum = 1;
  for (int i = 0; i < n; i++) {
    switch (kind) {
      case 0: sum += i; break;
      case 3: sum ^= i; /* falls through */
      case 4: sum *= 3; break;
      default: return sum + i;
    }
  }
  return sum;
}
/* A division that only the condition makes safe must not move before it. */
KEEP static int guarded(int n, int by) {
  int sum = 0;
  for (int i = 0; i < n; i++)
    if (by != 0) sum += 1000 / by + i;
    else noise = i;
  return sum;
}
KEEP static int partial(int *flag, int n) {
  int sum = 0;
  for (int i = 0; i < n; i++) {
    if (*flag == 2) {
      sum += i;
    } else {
      sum -= i;
      if (i == 4) *flag = 2;
    }
  }
  return sum;
}

int main(void) {
  int a[] = {1, 2, 3, 4, 5, 6};
  for (int bits = 0; bits < 4; bits++) out("steady", steady(a, in(6), in(bits) & 1, in(bits) >> 1));
  out("unsteady", unsteady(in(8)));
  for (int kind = 0; kind < 5; kind++) out("switch", by_switch(in(5), in(kind)));
  out("guarded", guarded(in(4), in(0)) + guarded(in(4), in(7)));
  int flag = in(1);
  out("partial", partial(&flag, in(8)) * 10 + flag);
}
