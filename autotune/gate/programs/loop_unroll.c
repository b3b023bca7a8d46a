/* Trip counts known, bounded, or multiples of something: bodies with side effects in order. */
#include "program.h"

static char log_[64];
static int logged;
KEEP static void note(int c) { log_[logged++ % 63] = (char)c; }

KEEP static int constant(int x) {
  for (int i = 0; i < 6; i++) {
    x = x * 5 + i;
    if (i == 3) note('a' + (x & 7));
  }
  return x;
}
KEEP static int at_most(int x, unsigned n) {
  for (unsigned i = 0; i < (n & 3); i++) note('0' + (int)i), x ^= 1 << i;
  return x;
}
KEEP static int multiple(const int *a, int quads) {
  int sum = 0;
  for (int i = 0; i < quads * 4; i++) sum = sum * 31 % 65521 + a[i];
  return sum;
}
KEEP static int peel(const int *a, int n) {
  int previous = -1, changes = 0;
  for (int i = 0; i < n; i++) {
    if (i == 0 || a[i] != previous) changes++;
    if (i == n - 1) note('z');
    previous = a[i];
  }
  return changes;
}
KEEP static int shrinking(int n) {
  int trips = 0;
  for (int left = n; left > 0; left -= left / 2 + 1) trips++, note('A' + trips);
  return trips;
}

int main(void) {
  int a[16];
  for (int i = 0; i < 16; i++) a[i] = (i / 3) * in(7) % 5;
  out("constant", constant(in(3)));
  out("most", at_most(in(40), in_u(7)) + at_most(in(3), in_u(4)));
  out("multiple", multiple(a, in(3)) + multiple(a, in(0)));
  out("peel", peel(a, in(16)) * 100 + peel(a, in(1)) * 10 + peel(a, in(0)));
  out("shrinking", shrinking(in(100)));
  printf("%s\n", log_);
}
