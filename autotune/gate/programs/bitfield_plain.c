/* Bit-fields: signed, straddling units, of every width, beside ordinary fields, in unions. */
#include "program.h"

struct flags { unsigned a : 1, b : 3, c : 7; int d : 5; unsigned e : 16; };
struct straddle { uint64_t low : 33, middle : 20, high : 11; uint8_t next; };
struct signed_bits { int one : 1, two : 2; long wide : 40; signed char small : 7; };
struct zero { unsigned a : 4; unsigned : 0; unsigned b : 4; unsigned : 3; unsigned c : 9; };
union view { struct { unsigned exponent : 8, mantissa : 23, sign : 1; } f; uint32_t bits; };

KEEP static int count_up(struct flags *f) {
  f->a++;
  f->b += 3;
  f->c -= 1;
  f->d = f->d * 2;
  f->e ^= f->c;
  return f->a + f->b * 2 + f->c * 16 + f->d * 2048 + f->e * 3;
}
KEEP static uint64_t cross(struct straddle *s, uint64_t x) {
  s->low = x;
  s->middle = x >> 20;
  s->high += 3;
  s->next++;
  return s->low + s->middle * 3 + s->high * 5 + s->next;
}
KEEP static long sign(struct signed_bits *s, int x) {
  s->one = x & 1 ? -1 : 0;
  s->two = x % 4 - 2;
  s->wide = -(long)x * 1048576;
  s->small = (signed char)(x % 64);
  return s->one + s->two * 10 + s->wide + s->small * 100;
}
KEEP static unsigned gaps(struct zero *z, unsigned x) {
  z->a = x & 15;
  z->b = z->a + 1;
  z->c = x & 511;
  return z->a * 10000 + z->b * 1000 + z->c;
}
KEEP static uint32_t overlay(union view *v) {
  v->f.mantissa >>= 1;
  v->f.sign = !v->f.sign;
  return v->bits;
}

int main(void) {
  struct flags f = {1, 7, 0, -9, 65535};
  for (int i = 0; i < 5; i++) out("count", count_up(&f));
  struct straddle s = {0, 0, 2000, (uint8_t)in(255)};
  out("cross", (long long)cross(&s, in_u64(0x123456789abcdef0u)));
  out("cross", (long long)cross(&s, in_u64(~0ull)));
  struct signed_bits b = {0};
  for (int i = -3; i < 6; i += 2) out("sign", sign(&b, in(i & 63)));
  struct zero z = {0};
  out("gaps", gaps(&z, in_u(0xabcd)));
  union view v = {.bits = in_u(0x00ff12fe)};
  out("overlay", overlay(&v));
}
