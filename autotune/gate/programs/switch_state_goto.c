/* State machines made of gotos: states that are recomputed, inverted, unknown, or left half-way. */
#include "program.h"

static short seen;
static int flag, steps;

KEEP static int walk(long first, int limit) {
  long state = first;
  short value = 0;
again:
  if (++steps > limit) return -1;
  switch (state) {
    case 10: value = (short)~value; goto middle;
    case 11: value = seen; state = 12; goto again;
    case 12: goto out_of;
    default: seen = (short)(seen + 5); break;
  }
middle:
  if (flag) goto last;
  state = ~value == 0 ? 11 : value < 0 ? 12 : 10;
  if (value > 3) {
    state = value;
    value = 0;
  }
  goto again;
last:
  value = (short)(value ^ 19);
  flag = 0;
  switch (value) {
    case 19: state = 11; goto again;
    case -20: state = 10; goto middle;
  }
out_of:
  return value * 100 + (int)(state % 100);
}
KEEP static int mixed(const char *input) {
  int state = 0, kept = 0, result = 0;
  for (; *input; input++) {
    switch (state) {
      case 0: state = *input == 'a' ? 1 : *input == 'b' ? 2 : 0; break;
      case 1: kept = state; state = *input == 'b' ? 3 : 1; break;
      case 2: kept = 7; state = kept - 6; break; /* 1, computed */
      case 3:
        if (*input == 'c') state = kept; /* known only from before */
        else state = 0;
        result = result * 3 + kept;
        break;
    }
    result += state;
  }
  return result * 10 + state;
}
KEEP static int nested(int n) {
  int outer = 0, inner = 0, trace = 0;
  while (n-- > 0) {
    switch (outer) {
      case 0: inner = n & 1; outer = 1; break;
      case 1:
        switch (inner) {
          case 0: outer = 2; break;
          case 1: inner = 0; continue;
        }
        break;
      case 2: outer = n % 3 ? 0 : 1; inner = 1; break;
    }
    trace = trace * 5 % 10007 + outer * 3 + inner;
  }
  return trace;
}
KEEP static int fixed_default(int x) {
  int r;
  switch (x) {
    case 1: r = 1; break;
    case 7: r = 7; break;
    case 19: r = 19; break;
    default: r = 19; /* not x */
  }
  return r;
}

int main(void) {
  for (int i = 0; i < 4; i++) {
    flag = in(i & 1), seen = (short)in(i), steps = 0;
    out("walk", walk(in_64(9 + i), in(30)) * 10 + flag);
  }
  out("seen", seen);
  static const char *const inputs[] = {"abcabcb", "bbaacb", "aaabcbcab", "cc"};
  for (int i = 0; i < COUNT(inputs); i++) out("mixed", mixed(inputs[in(i)]));
  for (int n = 5; n < 20; n += 7) out("nested", nested(in(n)));
  out("default", fixed_default(in(1)) * 1000000 + fixed_default(in(7)) * 10000 + fixed_default(in(8)) * 100 + fixed_default(in(19)));
}
