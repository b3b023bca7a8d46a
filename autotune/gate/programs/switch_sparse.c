/* Sparse switches: 64-bit, negative and far-apart cases, ranges, characters. */
#include <limits.h>

#include "program.h"

KEEP static int wide(int64_t x) {
  switch (x) {
    case INT64_MIN: return 1;
    case -4294967296ll: return 2;
    case -1: return 3;
    case 0: return 4;
    case 4294967296ll: return 5;
    case 4294967297ll: return 6;
    case INT64_MAX: return 7;
  }
  return 8;
}
KEEP static int scattered(unsigned x) {
  switch (x) {
    case 0x80000000u: return 11;
    case 0x7fffffffu: return 22;
    case 1000000u: return 33;
    case 77u: return 44;
    case 78u: return 45;
    case 0xffffffffu: return 55;
    default: return (int)(x % 10);
  }
}
KEEP static int kind(char c) {
  switch (c) {
    case 'a' ... 'z': return 1;
    case 'A' ... 'Z': return 2;
    case '0' ... '9': return 3;
    case ' ': case '\t': case '\n': return 4;
    case '_': return 1;
    case -128 ... -1: return 5;
  }
  return 0;
}
KEEP static int powers(uint32_t x) {
  switch (x) {
    case 1: return 0;
    case 2: return 1;
    case 4: return 2;
    case 8: return 3;
    case 16: return 4;
    case 32: return 5;
    case 64: return 6;
  }
  return -1;
}
KEEP static int strided(int x) {
  switch (x) {
    case -8: return 5;
    case -4: return 9;
    case 0: return 2;
    case 4: return 6;
    case 8: return 1;
  }
  return 77;
}

int main(void) {
  const int64_t wides[] = {INT64_MIN, INT64_MIN + 1, -4294967296ll, -1, 0, 1, 4294967295ll, 4294967296ll, 4294967297ll, INT64_MAX};
  for (int i = 0; i < COUNT(wides); i++) printf("%d ", wide(in_64(wides[i])));
  const unsigned far[] = {0x80000000u, 0x7fffffffu, 1000000u, 77, 78, 79, 0xffffffffu, 0xfffffffeu};
  for (int i = 0; i < COUNT(far); i++) printf("%d ", scattered(in_u(far[i])));
  uint32_t hash = 1;
  for (int c = -128; c < 128; c++) hash = mix(hash, (uint32_t)kind((char)in(c)));
  out("kinds", hash);
  for (unsigned x = 0; x < 70; x++) hash = mix(hash, (uint32_t)powers(in_u(x)));
  for (int x = -13; x < 13; x++) hash = mix(hash, (uint32_t)strided(in(x)));
  out("rest", hash);
}
