/* Numbers taken apart and put together through their bits. */
#include "program.h"

static uint32_t bits_of(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}
static float of_bits(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}
KEEP static float negate(float x) { return of_bits(bits_of(x) ^ 0x80000000u); }
KEEP static float absolute(float x) { return of_bits(bits_of(x) & 0x7fffffffu); }
KEEP static int exponent(float x) { return (int)(bits_of(x) >> 23 & 255) - 127; }
KEEP static float half(float x) { return of_bits(bits_of(x) - (1u << 23)); }
KEEP static float inverse_root(float x) {
  float y = of_bits(0x5f3759dfu - (bits_of(x) >> 1));
  return y * (1.5f - 0.5f * x * y * y);
}
KEEP static int32_t ordered(float x) {
  int32_t b = (int32_t)bits_of(x);
  return b < 0 ? (int32_t)(0x80000000u - (uint32_t)b) : b;
}
union both {
  double number;
  struct {
    uint32_t low, high;
  } words;
};
KEEP static double next_up(double x) {
  union both one = {.number = x};
  if (++one.words.low == 0) one.words.high++;
  return one.number;
}

int main(void) {
  const float values[] = {1.0f, -1.0f, 0.0f, -0.0f, 3.14159f, 1e-30f, -6.5e20f};
  for (int i = 0; i < COUNT(values); i++) {
    float x = in_f(values[i]);
    out_f("negate", negate(x));
    out_f("absolute", absolute(x));
    out("exponent", exponent(x));
    out("ordered", ordered(x));
  }
  out_f("half", half(in_f(5.0f)));
  out_f("root", inverse_root(in_f(2.0f)));
  out_d("next", next_up(in_d(1.0)));
}
