/* Conditions inside loops that hold up to some round and then no more: by every step and comparison. */
#include "program.h"

KEEP static int below(int n, int at) {
  int low = 0, high = 0;
  for (int i = 0; i < n; i++) {
    if (i < at) low++;
    else high += i;
  }
  return low * 1000 + high;
}
KEEP static int by_two(int n, int at) {
  int low = 0;
  for (int i = 0; i < n; i += 2)
    if (i < at) low++;
  return low;
}
KEEP static int at_most(unsigned n, unsigned at) {
  int low = 0, rest = 0;
  for (unsigned i = 0; i <= n; i++) {
    if (i <= at) low += 3;
    else rest++;
  }
  return low * 100 + rest;
}
KEEP static int not_equal(unsigned n, unsigned at) {
  int low = 0;
  for (unsigned i = 0; i != n; i++) {
    if (i < at) low++;
    low ^= 4;
  }
  return low;
}
KEEP static int down(int n, int at) {
  int above = 0;
  for (int i = n; i > 0; i--) {
    if (i > at) above += i;
    else above--;
  }
  return above;
}
KEEP static int offset(int n, int at) {
  int low = 0;
  for (int i = 0; i < n; i++)
    if (i + 3 < at) low += i + 1;
  return low;
}
KEEP static int by_three(long n, long at) {
  int low = 0;
  for (long i = 1; i < n; i += 3) {
    if (i <= at) low = low * 2 + 1;
    else low = low * 2;
  }
  return low;
}
KEEP static int after(int n, int at) {
  int i = 0, low = 0;
  do {
    if (i < at) low++;
    i++;
  } while (i < n);
  return low * 100 + i;
}
KEEP static int stored(unsigned char *v, int n, int at) {
  for (int i = 0; i < n; i++) v[i] = i < at ? 'a' : 'z';
  return v[0] + v[n - 1];
}

int main(void) {
  unsigned char v[12];
  for (int at = -2; at < 12; at += 3) {
    printf("%d %d %d %d %d ", below(in(9), in(at)), by_two(in(7), in(at)), at_most(in_u(8), in_u((unsigned)at)), not_equal(in_u(9), in_u((unsigned)at)), down(in(9), in(at)));
    printf("%d %d %d %d\n", offset(in(9), in(at)), by_three(in_64(20), in_64(at)), after(in(8), in(at)), stored(v, in(10), in(at)));
  }
  out("by two", by_two(in(7), in(5)) * 10 + by_two(in(8), in(8)));
  out("none", below(in(0), in(3)) + after(in(0), in(0)));
}
