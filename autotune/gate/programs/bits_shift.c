/* Shifts and rotates of every width, by constants, by masked and by checked amounts. */
#include "program.h"

KEEP static uint32_t rotl(uint32_t x, unsigned n) { return x << (n & 31) | x >> (-n & 31); }
KEEP static uint64_t rotr(uint64_t x, unsigned n) { return x >> (n & 63) | x << (-n & 63); }
KEEP static uint8_t rot8(uint8_t x, unsigned n) { return (uint8_t)(x << (n & 7) | x >> (8 - (n & 7))); }
KEEP static uint16_t swap16(uint16_t x) { return (uint16_t)(x << 8 | x >> 8); }
KEEP static uint32_t swap32(uint32_t x) { return x >> 24 | (x >> 8 & 0xff00) | (x << 8 & 0xff0000) | x << 24; }
KEEP static int64_t arithmetic(int64_t x, int n) { return x >> n; }
KEEP static int32_t sign_extend(uint32_t x, int bits) { return (int32_t)(x << (32 - bits)) >> (32 - bits); }
KEEP static uint32_t guarded(uint32_t x, unsigned n) { return n < 32 ? x << n : 0; }
KEEP static uint64_t combine(uint32_t high, uint32_t low) { return (uint64_t)high << 32 | low; }
KEEP static uint32_t funnel(uint32_t a, uint32_t b, unsigned n) { return n ? a << n | b >> (32 - n) : a; }
KEEP static int parts(uint32_t x) { return (int)((x >> 5 & 7) * 100 + (x << 20 >> 28) * 10 + (x >> 31)); }
KEEP static int8_t narrow(int x) { return (int8_t)(x << 3 >> 2); }
KEEP static unsigned times(unsigned x) { return (x << 5) - x + (x << 3) + (x >> 1 << 1); }

int main(void) {
  for (unsigned n = 0; n < 70; n += 7) {
    printf("%x %llx %x ", rotl(in_u(0x80c0ffee), in_u(n)), (unsigned long long)rotr(in_u64(0x123456789abcdef0u), in_u(n)), rot8((uint8_t)in(0x96), in_u(n)));
    printf("%x %x\n", guarded(in_u(0xdead), in_u(n)), funnel(in_u(0xabcdef01), in_u(0x23456789), in_u(n & 31)));
  }
  printf("%x %x\n", swap16((uint16_t)in(0xabcd)), swap32(in_u(0x11223344)));
  out("arithmetic", arithmetic(in_64(-12345678901234), in(40)) + arithmetic(in_64(-1), in(63)));
  for (int bits = 1; bits < 33; bits += 5) out("extend", sign_extend(in_u(0xfedcba98), in(bits)));
  out("combine", (long long)combine(in_u(0xffffffff), in_u(0x80000000)));
  out("parts", parts(in_u(0x8f3a5c77)));
  out("narrow", narrow(in(30)) * 1000 + narrow(in(63)));
  out("times", times(in_u(0x12345)));
}
