/* Checks inside loops that follow from the loop's condition, nearly follow, or fail in the end. */
#include "program.h"

static int failures;

KEEP static int get(const int *a, int length, int at) {
  if (at < 0 || at >= length) return failures++, -1;
  return a[at];
}
KEEP static int sum_all(const int *a, int length, int n) {
  int sum = 0;
  for (int i = 0; i < n; i++) sum += get(a, length, i);
  return sum;
}
KEEP static int sum_back(const int *a, int length, int from) {
  int sum = 0;
  for (int i = from; i >= -2; i -= 2) sum = sum * 3 + get(a, length, i);
  return sum;
}
KEEP static int unsigned_check(const int *a, unsigned length, unsigned from, unsigned to) {
  int sum = 0;
  for (unsigned i = from; i != to; i++) {
    if (i >= length) {
      sum -= 50;
      continue;
    }
    sum += a[i];
  }
  return sum;
}
KEEP static int related(int x, int y) {
  int bits = 0;
  if (x < y) {
    bits |= 1;
    if (x + 1 <= y) bits |= 2;
    if (y - x > 0) bits |= 4;
    if (x > 10 && y < 12) bits |= 8;
    if (y > x + 1) bits |= 16;
  } else if (x == y) {
    bits |= 32;
    if (x * 2 == y + x) bits |= 64;
  }
  return bits;
}
KEEP static int chained(unsigned a, unsigned b, unsigned c) {
  if (a < b && b < c) return a < c ? 1 : 2;
  if (a <= b || b <= c) return b - a < c ? 3 : 4;
  return a - b < a ? 5 : 6;
}

int main(void) {
  const int a[] = {7, 5, 3, 1, 9, 11};
  out("all", sum_all(a, in(6), in(8)));
  out("back", sum_back(a, in(6), in(7)));
  out("unsigned", unsigned_check(a, in_u(6), in_u(0xfffffffdu), in_u(4)));
  out("failures", failures);
  for (int x = 9; x < 13; x++) out("related", related(in(x), in(11)) * 1000 + related(in(11), in(x)));
  for (unsigned i = 0; i < 6; i++) out("chained", chained(in_u(i * 5 % 7), in_u(i * 3 % 5), in_u(i * i % 9)));
}
