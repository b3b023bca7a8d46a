/* Dense switches: lookup tables, default inside and outside of the range, shared cases. */
#include "program.h"

KEEP static int days(int month, int leap) {
  switch (month) {
    case 2: return leap ? 29 : 28;
    case 4: case 6: case 9: case 11: return 30;
    case 1: case 3: case 5: case 7: case 8: case 10: case 12: return 31;
    default: return -1;
  }
}
KEEP static const char *name(int code) {
  switch (code) {
    case -2: return "minus two";
    case -1: return "minus one";
    case 0: return "zero";
    case 1: return "one";
    case 3: return "three";
    case 4: return "four";
  }
  return "other";
}
KEEP static int linear(unsigned x) {
  switch (x) {
    case 10: return 3;
    case 11: return 10;
    case 12: return 17;
    case 13: return 24;
    case 14: return 31;
    case 15: return 38;
  }
  return 0;
}
KEEP static char bits(int x) {
  switch (x) {
    case 3: return 'a';
    case 4: return 'b';
    case 5: return 'a';
    case 6: return 'a';
    case 7: return 'b';
    case 9: return 'b';
    default: return 'c';
  }
}
KEEP static int full(unsigned char x) {
  switch (x & 3) {
    case 0: return x + 1;
    case 1: return x * 2;
    case 2: return x ^ 0x55;
    case 3: return 7;
  }
  return -1;
}

int main(void) {
  uint32_t hash = 1;
  for (int month = -1; month < 15; month++) hash = mix(hash, (uint32_t)(days(in(month), in(month) & 1) + 5));
  out("days", hash);
  for (int code = -4; code < 7; code++) printf("%s ", name(in(code)));
  for (unsigned x = 8; x < 18; x++) printf("%d ", linear(in_u(x)));
  for (int x = 0; x < 12; x++) putchar(bits(in(x)));
  putchar('\n');
  out("extreme", linear(in_u(~0u)) + days(in(-2147483647 - 1), 0) + bits(in(2147483647)));
  for (int x = 250; x < 256; x++) out("full", full((unsigned char)in(x)));
}
