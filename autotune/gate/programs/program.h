/* What the programs share. Inputs pass through a volatile object, so that no pass knows them; all
   that is computed is printed, so that no pass may drop it. */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEEP __attribute__((noinline))
#define COUNT(array) ((int)(sizeof(array) / sizeof(array)[0]))

static inline int in(int value) {
  volatile int seen = value;
  return seen;
}
static inline unsigned in_u(unsigned value) {
  volatile unsigned seen = value;
  return seen;
}
static inline int64_t in_64(int64_t value) {
  volatile int64_t seen = value;
  return seen;
}
static inline uint64_t in_u64(uint64_t value) {
  volatile uint64_t seen = value;
  return seen;
}
static inline double in_d(double value) {
  volatile double seen = value;
  return seen;
}
static inline float in_f(float value) {
  volatile float seen = value;
  return seen;
}

static void out(const char *name, long long value) { printf("%s %lld\n", name, value); }

/* The bits of a number: a rounding that differs in the last place shows, and so does -0. */
static inline void out_d(const char *name, double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  if (value != value) bits = 0x7ff8000000000000u; /* which NaN it is may differ */
  printf("%s %016llx\n", name, (unsigned long long)bits);
}
static inline void out_f(const char *name, float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  if (value != value) bits = 0x7fc00000u;
  printf("%s %08x\n", name, bits);
}

/* FNV-1a over the four bytes of a word. */
static inline uint32_t mix(uint32_t hash, uint32_t word) {
  for (int shift = 0; shift < 32; shift += 8) hash = (hash ^ ((word >> shift) & 255)) * 16777619u;
  return hash;
}

#endif
