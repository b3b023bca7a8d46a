/* Neighbouring loads and stores that could be joined into wider ones or vectors, in every order. */
#include "program.h"

struct color { uint8_t r, g, b, a; };

KEEP static uint32_t load_le(const uint8_t *p) { return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24; }
KEEP static uint32_t load_be(const uint8_t *p) { return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]; }
KEEP static uint32_t load_gap(const uint8_t *p) { return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[3] << 16; }
KEEP static void store_le(uint8_t *p, uint64_t x) {
  for (int i = 0; i < 8; i++) p[i] = (uint8_t)(x >> 8 * i);
}
KEEP static void four(int *to, const int *a, const int *b) {
  to[0] = a[0] + b[0];
  to[1] = a[1] - b[1]; /* not the same operation */
  to[2] = a[2] + b[2];
  to[3] = a[3] - b[3];
}
KEEP static void overlapping(int *v) { /* each reads what the one before has written */
  v[1] = v[0] + 1;
  v[2] = v[1] + 1;
  v[3] = v[2] + 1;
  v[4] = v[3] + 1;
}
KEEP static void reversed(int *to, const int *from) {
  to[0] = from[3], to[1] = from[2], to[2] = from[1], to[3] = from[0];
}
KEEP static int reduce(const int *v) { return ((v[0] + v[1]) + (v[2] + v[3])) + ((v[4] + v[5]) + (v[6] + v[7])); }
KEEP static int minimum(const int *v) {
  int m = v[0];
  for (int i = 1; i < 8; i++) m = v[i] < m ? v[i] : m;
  return m;
}
KEEP static struct color blend(struct color x, struct color y) {
  return (struct color){(uint8_t)((x.r + y.r) / 2), (uint8_t)((x.g + y.g) / 2), (uint8_t)((x.b + y.b + 1) / 2), (uint8_t)(x.a | y.a)};
}
KEEP static void between(int *v, int *w) {
  v[0] = 1;
  v[1] = 2;
  *w = 9; /* may be v[0] */
  v[2] = v[0];
  v[3] = 4;
}
KEEP static void floats(double *to, const double *a) {
  to[0] = a[0] * a[1] + a[2];
  to[1] = a[1] * a[2] + a[3];
  to[2] = a[2] / a[3] + a[0];
  to[3] = a[3] / a[0] + a[1];
}

int main(void) {
  uint8_t bytes[8];
  store_le(bytes, in_u64(0x0123456789abcdefu));
  printf("%08x %08x %06x\n", load_le(bytes + in(1)), load_be(bytes + in(2)), load_gap(bytes + in(3)));
  int v[8], w[4];
  for (int i = 0; i < 8; i++) v[i] = in(i * 3 - 5);
  four(w, v, v + in(4)), out("four", w[0] * 1000 + w[1] * 100 + w[2] * 10 + w[3]);
  four(v + in(1), v, v + in(2)), out("four", v[1] * 1000 + v[2] * 100 + v[3] * 10 + v[4]);
  overlapping(v + in(2)), out("overlapping", v[3] * 100 + v[6]);
  reversed(w, v + in(1)), out("reversed", w[0] * 100 + w[3]);
  reversed(v, v + in(2)), out("reversed", v[0] * 100 + v[3]);
  out("reduce", reduce(v) * 100 + minimum(v));
  struct color c = blend((struct color){(uint8_t)in(255), 0, 9, 1}, (struct color){1, (uint8_t)in(77), 10, 4});
  out("blend", c.r * 1000000 + c.g * 10000 + c.b * 100 + c.a);
  between(w, w + in(0)), out("between", w[0] * 100 + w[2] * 10 + w[3]);
  double a[4] = {in_d(1.5), 2.5, -3, 0.1}, b[4];
  floats(b, a);
  for (int i = 0; i < 4; i++) out_d("floats", b[i]);
}
