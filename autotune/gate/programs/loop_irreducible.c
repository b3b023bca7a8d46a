/* Loops with two entries, made by goto: analyses of natural loops must leave them alone. */
#include "program.h"

KEEP static int two_entries(int n, int into) {
  int sum = 0, trips = 0;
  if (into) goto inside;
outside:
  sum += n;
  if (++trips > 20) return -1;
inside:
  sum = sum * 2 % 1009;
  if (n-- > 0) goto outside;
  return sum * 100 + trips;
}
KEEP static int three(int state, int n) {
  uint32_t trace = 0;
  switch (state) {
    case 1: goto one;
    case 2: goto two;
    default: goto zero;
  }
zero:
  trace = trace * 3;
  if (n <= 0) return (int)(trace & 0xffff);
  n--;
one:
  trace = trace * 3 + 1;
  if (n & 1) goto zero;
two:
  trace = trace * 3 + 2;
  if (--n > 0) goto one;
  goto zero;
}
KEEP static int duff(char *to, const char *from, int count) {
  if (count <= 0) return 0;
  int rounds = (count + 3) / 4, done = rounds;
  switch (count % 4) {
    case 0: do { *to++ = *from++;
    /* falls through */
    case 3: *to++ = *from++;
    /* falls through */
    case 2: *to++ = *from++;
    /* falls through */
    case 1: *to++ = *from++;
    } while (--rounds > 0);
  }
  return done;
}

int main(void) {
  char text[16];
  for (int i = 0; i < 4; i++) out("two", two_entries(in(5 * i), in(i) & 1));
  for (int i = 0; i < 6; i++) out("three", three(in(i) % 3, in(4 + i)));
  for (int count = 1; count < 12; count += 3) {
    memset(text, 0, sizeof text);
    out("duff", duff(text, "abcdefghijklmno", in(count)));
    printf("%s\n", text);
  }
}
