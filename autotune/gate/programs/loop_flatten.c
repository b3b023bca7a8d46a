/* Nests over what looks like one index: the product may wrap, or the index serve other uses, too. */
#include "program.h"

static uint16_t cells[300];

KEEP static void narrow(uint8_t n) {
  for (uint8_t i = 0; i < n; i++)
    for (uint8_t j = 0; j < n; j++) cells[(uint8_t)(i * n + j)] += 1; /* wraps at 256 */
}
KEEP static void plain(unsigned n, unsigned m) {
  for (unsigned i = 0; i < n; i++)
    for (unsigned j = 0; j < m; j++) cells[i * m + j] = (uint16_t)(cells[i * m + j] * 3 + 1);
}
KEEP static void other_use(unsigned n) {
  for (unsigned i = 0; i < n; i++)
    for (unsigned j = 0; j < 3; j++) cells[i * 3 + j] = (uint16_t)(cells[i * 3 + j] + cells[100 + i * 3]);
}
KEEP static unsigned inner_used(unsigned n, unsigned m) {
  unsigned sum = 0;
  for (unsigned i = 0; i < n; i++)
    for (unsigned j = 0; j < m; j++) sum = sum * 2 + cells[i * m + j] + j;
  return sum;
}
KEEP static int changed_inside(int *c, int n, int m) {
  int trips = 0;
  for (int i = 0; i < n; i++)
    for (*c = 0; *c < m; *c += 1 + (i == 2)) trips++;
  return trips;
}
KEEP static uint16_t wide_in_narrow(uint16_t n, uint16_t m) {
  uint16_t at = 0;
  for (uint16_t i = 0; i < n; i++)
    for (uint16_t j = 0; j < m; j++) at = (uint16_t)(at + (uint16_t)(i * m + j) / 3);
  return at;
}
KEEP static long signed_nest(int n, int m) {
  long sum = 0;
  for (int i = 0; i < n; i++)
    for (int j = 0; j < m; j++) sum += cells[i * m + j] - i;
  return sum;
}
KEEP static unsigned zero_inner(unsigned n, unsigned m) {
  unsigned trips = 0;
  for (unsigned i = 0; i < n; i++) {
    for (unsigned j = 0; j < m; j++) trips++;
    trips += 100;
  }
  return trips;
}

int main(void) {
  narrow((uint8_t)in(20));
  out("narrow", cells[0] * 1000 + cells[143] * 100 + cells[144] * 10 + cells[255]);
  plain(in_u(12), in_u(13));
  other_use(in_u(20));
  out("used", inner_used(in_u(9), in_u(14)));
  int c;
  out("changed", changed_inside(&c, in(5), in(6)) * 10 + c);
  out("wide", wide_in_narrow((uint16_t)in(40), (uint16_t)in(50)));
  out("signed", signed_nest(in(7), in(11)));
  out("zero", zero_inner(in_u(4), in_u(0)) + zero_inner(in_u(0), in_u(4)));
}
