/* Several induction variables, of different steps and widths, that can be expressed by each other. */
#include "program.h"

KEEP static uint32_t strides(const uint8_t *p, int n) {
  uint32_t hash = 1;
  for (int i = 0, k = n - 1, m = 1; i < k; i += 2, k -= 3, m *= -2) hash = mix(hash, (uint32_t)(p[i] * m - p[k]));
  return hash;
}
KEEP static int narrow(const int8_t *p, int n) {
  int sum = 0;
  for (int8_t i = 0; i < (int8_t)n; i++) sum += p[i] * i;
  return sum;
}
KEEP static long wide(const short *p, unsigned from, unsigned count) {
  long sum = 0;
  for (unsigned i = from; i < from + count; i++) sum = sum * 5 % 99991 + p[(uint8_t)(i * 3)];
  return sum;
}
KEEP static int second_order(int n) {
  int a = 0, b = 1, c = 2;
  for (int i = 0; i < n; i++) {
    a += b;
    b += c;
    c ^= i;
  }
  return a;
}
KEEP static unsigned closed_form(unsigned n) {
  unsigned sum = 0, squares = 0;
  for (unsigned i = 1; i <= n; i++) sum += i, squares += i * i;
  return sum * 3 + squares;
}
KEEP static int alternate(int n) {
  int even = 0, odd = 100, swap;
  for (int i = 0; i < n; i++) {
    swap = even;
    even = odd;
    odd = swap + i;
  }
  return even * 1000 + odd;
}
KEEP static const char *back(const char *end, const char *begin) {
  while (end != begin && end[-1] == ' ') --end;
  return end;
}

int main(void) {
  uint8_t bytes[40];
  short halves[256];
  for (int i = 0; i < 40; i++) bytes[i] = (uint8_t)(i * i + 3);
  for (int i = 0; i < 256; i++) halves[i] = (short)(i * 37 - 999);
  const int8_t small[] = {-3, 5, 127, -128, 9};
  const char text[] = "trailing   ";
  out("strides", strides(bytes, in(40)));
  out("narrow", narrow(small, in(5)));
  out("wide", wide(halves, in_u(80), in_u(30)));
  out("order", second_order(in(15)));
  out("closed", closed_form(in_u(100000)));
  out("alternate", alternate(in(9)));
  out("back", back(text + 11, text) - text);
}
