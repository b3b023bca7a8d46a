/* Integers whose widths are no powers of two: wrapping, sign extension, shifts, in memory. */
#include "program.h"

typedef unsigned _BitInt(7) u7;
typedef _BitInt(13) i13;
typedef unsigned _BitInt(33) u33;
typedef _BitInt(48) i48;
typedef unsigned _BitInt(100) u100;

struct holder { u7 a; i13 b; u33 c[2]; i48 d; };

KEEP static u7 wrap(u7 x, u7 y) { return (u7)(x * y + 3); }
KEEP static int sign(i13 x) { return (int)(x / 3) * 100 + (int)(x >> 2); }
KEEP static u33 rotate(u33 x, int n) { return (u33)(x << n | x >> (33 - n)); }
KEEP static long sum(const i48 *v, int n) {
  i48 total = 0;
  for (int i = 0; i < n; i++) total += v[i];
  return (long)total;
}
KEEP static uint64_t fold(u100 x) {
  uint64_t hash = 7;
  while (x) {
    hash = hash * 31 + (uint64_t)(x & 1023);
    x >>= 9;
  }
  return hash;
}
KEEP static int trips(u7 from, u7 to, u7 step) {
  int n = 0;
  for (u7 i = from; i != to; i += step) n++;
  return n;
}
KEEP static long change(struct holder *h) {
  h->a += 100;
  h->b = (i13)(h->b - 4000 > -4096 ? h->b : h->b + 1);
  h->c[1] = h->c[0] * 2 + 1;
  h->d = (i48)h->c[1] << 10;
  return (long)h->a + (long)h->b * 3 + (long)h->c[1] + (long)h->d;
}

int main(void) {
  out("wrap", (int)wrap((u7)in(100), (u7)in(77)));
  out("sign", sign((i13)in(-4096)) + sign((i13)in(4095)));
  out("rotate", (long long)rotate((u33)in_u64(0x1fedcba98u), in(5)));
  const i48 v[] = {(i48)in_64(1ll << 46), (i48)in_64(-12345), (i48)in_64(1ll << 45)};
  out("sum", sum(v, in(3)));
  out("fold", (long long)fold((u100)in_u64(0xfedcba9876543210u) << 35 | 77));
  out("trips", trips((u7)in(3), (u7)in(2), (u7)in(1)) * 1000 + trips((u7)in(0), (u7)in(1), (u7)in(43)));
  struct holder h = {(u7)in(50), (i13)in(-96), {(u33)in_u64(0x1ffffffffu), 0}, 0};
  out("change", change(&h));
}
