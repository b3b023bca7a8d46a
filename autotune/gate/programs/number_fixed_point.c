/* Fixed-point arithmetic: rounding shifts of negative numbers, a sine table, a square root. */
#include "program.h"

typedef int32_t fixed; /* 16 bits after the point */

KEEP static fixed times(fixed a, fixed b) { return (fixed)(((int64_t)a * b + 0x8000) >> 16); }
KEEP static fixed over(fixed a, fixed b) { return (fixed)((int64_t)a * 65536 / b); }
KEEP static int to_int(fixed x) { return (x + (x >= 0 ? 0x8000 : -0x8000)) / 65536; }
KEEP static fixed root(fixed x) {
  uint32_t result = 0, bit = 1u << 30, rest = (uint32_t)x;
  while (bit > rest) bit >>= 2;
  for (; bit; bit >>= 2) {
    if (rest >= result + bit) {
      rest -= result + bit;
      result = (result >> 1) + bit;
    } else {
      result >>= 1;
    }
  }
  return (fixed)(result << 8);
}
KEEP static void cordic(fixed angle, fixed *cosine, fixed *sine) {
  static const fixed angles[] = {51472, 30386, 16055, 8150, 4091, 2047, 1024, 512, 256, 128};
  fixed x = 39797, y = 0;
  for (int i = 0; i < COUNT(angles); i++) {
    fixed dx = y >> i, dy = x >> i;
    if (angle >= 0) x -= dx, y += dy, angle -= angles[i];
    else x += dx, y -= dy, angle += angles[i];
  }
  *cosine = x;
  *sine = y;
}
KEEP static fixed interpolate(const fixed *table, int n, fixed at) {
  int i = at >> 16;
  if (i < 0) return table[0];
  if (i >= n - 1) return table[n - 1];
  return table[i] + times(table[i + 1] - table[i], at & 0xffff);
}
KEEP static int16_t filter(const int16_t *x, int n) {
  int32_t y = 0;
  for (int i = 0; i < n; i++) y += (x[i] * 256 - y) >> 3;
  return (int16_t)(y >> 8);
}

int main(void) {
  const fixed table[] = {0, 65536, 163840, -32768};
  const int16_t signal[] = {1000, -2000, 3000, 30000, -30000, 5};
  for (int i = -3; i < 4; i++) {
    fixed x = in(i * 54321), c, s;
    cordic(x, &c, &s);
    printf("%d %d %d %d %d ", times(x, x), over(65536, x | 1), to_int(x), c, s);
    out("at", interpolate(table, in(4), x));
  }
  out("root", root(in(2 << 16)) + root(in(0)) * 3 + root(in(10000)));
  out("filter", filter(signal, in(6)));
}
