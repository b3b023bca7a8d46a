/* Counters of narrow and wide unsigned types that wrap, up and down, by steps other than one. */
#include "program.h"

KEEP static int until_wrap(uint8_t from, uint8_t step) {
  int trips = 0;
  for (uint8_t i = from; i >= step; i = (uint8_t)(i - step)) trips++;
  return trips;
}
KEEP static int to_zero(uint8_t from, uint8_t step) {
  int trips = 0;
  for (uint8_t i = from; i != 0; i = (uint8_t)(i + step)) trips++;
  return trips;
}
KEEP static unsigned down(unsigned from) {
  unsigned sum = 0;
  for (unsigned i = from; i-- > 0;) sum = sum * 3 + i;
  return sum;
}
KEEP static unsigned past_end(unsigned from) {
  unsigned trips = 0;
  for (unsigned i = from; i > 5; i++) trips++;
  return trips;
}
KEEP static uint64_t mixed(uint32_t from, uint64_t to) {
  uint64_t sum = 0;
  for (uint32_t i = from; i != (uint32_t)to; i += 0x10000001u) sum += i;
  return sum;
}
KEEP static int compare_wide(uint32_t n) {
  int trips = 0;
  for (uint64_t i = (uint64_t)n + 3; i > n; i--) trips++;
  return trips;
}

int main(void) {
  out("until", until_wrap((uint8_t)in(250), (uint8_t)in(7)));
  out("zero", to_zero((uint8_t)in(1), (uint8_t)in(5)));
  out("zero", to_zero((uint8_t)in(8), (uint8_t)in(24)));
  out("down", down(in_u(20)));
  out("past", past_end(in_u(0xffffffe0u)));
  out("mixed", (long long)mixed(in_u(0), in_u64(0x1234567850000005u)));
  out("wide", compare_wide(in_u(0xffffffffu)));
}
