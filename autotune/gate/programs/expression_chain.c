/* Long chains of dependent operations, and common parts of expressions in different shapes. */
#include "program.h"

KEEP static uint32_t chain(uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
  a += b; d ^= a; d = d << 16 | d >> 16;
  c += d; b ^= c; b = b << 12 | b >> 20;
  a += b; d ^= a; d = d << 8 | d >> 24;
  c += d; b ^= c; b = b << 7 | b >> 25;
  a -= c * 5; b += d * 9; c ^= a >> 3; d -= b << 2;
  return (a ^ b) + (c ^ d);
}
KEEP static int shared(int a, int b, int c) {
  int x = (a + b) * c, y = (b + a) * c, z = a * c + b * c;
  return (x - y) * 100 + (x - z) + (a + b + c) * (c + b + a) - (a + (b + c)) * ((c + a) + b);
}
KEEP static unsigned reassociate(unsigned a, unsigned b, unsigned c) {
  unsigned x = a + b + c, y = a + c, z = y + b + 7, w = (b + 3) + (a + 4);
  return x * 3 + z * 5 + w * 7 + (a * 4 + b * 4) - 4 * (a + b) + (a - b) + (b - a) + (a & b) + (a | b) - (a + b);
}
KEEP static int factored(int a, int b) { return a * a * a * b + a * a * b * 3 + a * b * b - b * (a * a) * (a + 3) - a * b * b; }
KEEP static int conditions(int a, int b, int c) {
  int r = 0;
  if (a < b && b < c) r |= 1;
  if (!(a >= b) && !(b >= c)) r |= 2;
  if ((a < b) != (b > a)) r |= 4;
  if (a - b < 0) r |= 8;
  if ((a & 1) == 0 || (b & 1) == 0) r |= 16;
  if (a * b % 2 == 0) r |= 32;
  if (a == b ? b == c : b != c) r |= 64;
  return r;
}
KEEP static int polynomial(int x, int y) {
  int powers[5] = {1};
  for (int i = 1; i < 5; i++) powers[i] = powers[i - 1] * x;
  return powers[4] * 2 - powers[3] * y + powers[2] * y * y - powers[1] + y * 7 - (x * x * (2 * x * x - x * y + y * y) - x);
}
KEEP static int strength(const int *p, int i, int s) { return p[i * s] + p[i * s + 1] * 2 + p[(i + 1) * s] * 3 + p[i * s + s + 1] * 4; }

int main(void) {
  uint32_t hash = 1;
  int grid[32];
  for (int i = 0; i < 32; i++) grid[i] = in(i * i % 17);
  for (int i = -3; i < 6; i++) {
    int a = in(i), b = in(i * 3 % 5), c = in(4 - i);
    hash = mix(hash, chain((uint32_t)a, (uint32_t)b, (uint32_t)c, 99));
    hash = mix(hash, (uint32_t)shared(a, b, c) + reassociate((unsigned)a, (unsigned)b, (unsigned)c));
    hash = mix(hash, (uint32_t)(factored(a, b) + conditions(a, b, c) * 1000 + polynomial(a, b)));
    printf("%d %d ", conditions(a, b, c), shared(a, b, c));
  }
  out("hash", hash);
  for (int s = 1; s < 6; s++) out("strength", strength(grid, in(3), in(s)));
}
