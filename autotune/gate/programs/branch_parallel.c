/* Conditions side by side that could be one: with values that both set, effects and several ends. */
#include "program.h"

static int a, b, hits;

KEEP static void touch(int x) { hits = hits * 3 % 10007 + x; }
KEEP static int two_ifs(int x, int y) {
  int r = 6;
  if (x > 3) r = 1;
  if (y > 3) r = 1;
  return r;
}
KEEP static int same_call(int x, int y) {
  if (x == 2) touch(5);
  if (y == 2) touch(5); /* twice, if both */
  return hits;
}
KEEP static int or_chain(int x, int y, int z) {
  if (x < 0) goto yes;
  if (y < 0) goto yes;
  if (z == 7) goto yes;
  return 0;
yes:
  touch(9);
  return x + y + z;
}
KEEP static int and_chain(const int *p, int n) {
  if (p)
    if (n > 0)
      if (p[n - 1] == 4) return 1;
  return 0;
}
KEEP static int else_if(int x) {
  int r;
  if (x < 10) r = a++;
  else if (x < 20) r = b++;
  else if (x == 25) r = a + b;
  else r = -1;
  return r;
}
KEEP static int remainder_of(unsigned d) {
  int c = 3;
  unsigned by = ((a || 0) < 0) - d;
  return by ? c % (int)(by & 7 ? by & 7 : 1) : 9;
}
KEEP static int returns(int x) {
  if (x == 1) return 10;
  for (int i = 0; i < x; i++) {
    if (i * x == 12) return i;
    if (i == 6) return -6;
  }
  if (x < 0) return x * 2;
  while (x > 4) {
    x -= 3;
    if (x == 2) return 22;
  }
  return x;
}
KEEP static unsigned loop_of_ifs(const signed char *v, int n) {
  unsigned zero = 0, low = 0, high = 0;
  for (int i = 0; i < n; i++) {
    if (v[i] == 0) zero++;
    if (v[i] < 0) low += zero;
    if (v[i] > 9 || v[i] < -9) high += low + 1;
  }
  return zero * 10000 + low * 100 + high;
}

int main(void) {
  for (int i = 0; i < 4; i++) printf("%d %d ", two_ifs(in(i & 1 ? 5 : 0), in(i & 2 ? 5 : 0)), same_call(in(i & 1 ? 2 : 0), in(i & 2 ? 2 : 0)));
  out("or", or_chain(in(-1), in(5), in(7)) + or_chain(in(1), in(2), in(7)) * 10 + or_chain(in(1), in(2), in(3)));
  int v[] = {1, 4};
  out("and", and_chain(v, in(2)) * 100 + and_chain(NULL, in(2)) * 10 + and_chain(v, in(1)));
  for (int x = 0; x < 40; x += 5) printf("%d ", else_if(in(x)));
  out("remainder", remainder_of(in_u(6)) * 100 + remainder_of(in_u(0)));
  for (int x = -2; x < 10; x++) printf("%d ", returns(in(x)));
  const signed char c[] = {0, -3, 5, 0, -10, 12, -1, 0, 100, -100};
  out("ifs", loop_of_ifs(c, in(10)));
  out("hits", hits);
}
