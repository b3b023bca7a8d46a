/* Local arrays and structs with constant contents, some changed afterwards, some never. */
#include "program.h"

KEEP static int lookup(unsigned i) {
  const int table[8] = {3, 1, 4, 1, 5, 9, 2, 6};
  return table[i & 7];
}
KEEP static int changed(unsigned i) {
  int table[6] = {10, 20, 30, 40, 50, 60};
  table[i % 6] += 1;
  int sum = 0;
  for (int k = 0; k < 6; k++) sum = sum * 3 + table[k];
  return sum;
}
KEEP static int zeroes(unsigned i) {
  int counts[16] = {0};
  counts[3] = 7;
  counts[i & 15]++;
  counts[(i * 5) & 15]--;
  int sum = 0;
  for (int k = 0; k < 16; k++) sum += counts[k] * (k + 1);
  return sum;
}
KEEP static int text(unsigned i) {
  char word[] = "constant";
  word[i % 8] ^= 0x20;
  return word[0] * 256 + word[i % 8] + (int)strlen(word);
}
struct row { char name[4]; int value; double factor; };
KEEP static double rows(unsigned i) {
  struct row all[] = {{"one", 1, 0.5}, {"two", 2, 0.25}, {"six", 6, -1}};
  struct row one = all[i % 3];
  all[i % 3].value = 100;
  return one.value * one.factor + all[(i + 1) % 3].value + all[i % 3].value + one.name[2];
}
KEEP static int two_dimensional(unsigned i, unsigned k) {
  static const signed char steps[4][2] = {{0, 1}, {1, 0}, {0, -1}, {-1, 0}};
  int at[2] = {5, 5};
  for (; k > 0; k--, i++) at[0] += steps[i & 3][0], at[1] += steps[i & 3][1] * (int)k;
  return at[0] * 100 + at[1];
}
KEEP static const char *literal(unsigned i) {
  const char *const names[] = {"north", "east", "south", "west"};
  return names[i & 3] + (i >> 2 & 1);
}

int main(void) {
  uint32_t hash = 1;
  for (unsigned i = 0; i < 12; i++) {
    hash = mix(hash, (uint32_t)(lookup(in_u(i)) + changed(in_u(i)) * 16));
    hash = mix(hash, (uint32_t)(zeroes(in_u(i)) + text(in_u(i)) * 64));
    hash = mix(hash, (uint32_t)(int)(rows(in_u(i)) * 16));
    hash = mix(hash, (uint32_t)two_dimensional(in_u(i), in_u(i % 5)));
  }
  out("hash", hash);
  for (unsigned i = 0; i < 8; i++) printf("%s ", literal(in_u(i)));
  out("end", lookup(in_u(~0u)));
}
