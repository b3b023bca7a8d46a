/* form: clang. A state machine whose next state is known in most cases: jump threading clones its blocks. */
#include "program.h"

enum state { START, SIGN, WHOLE, POINT, FRACTION, EXPONENT, EXPONENT_SIGN, DIGITS, BAD };

KEEP static enum state next(enum state state, char c) {
  int digit = c >= '0' && c <= '9';
  switch (state) {
    case START:
      if (c == '-' || c == '+') return SIGN; /* falls through */
    case SIGN: return digit ? WHOLE : c == '.' ? POINT : BAD;
    case WHOLE:
      if (digit) return WHOLE;
      return c == '.' ? FRACTION : c == 'e' ? EXPONENT : BAD;
    case POINT: return digit ? FRACTION : BAD;
    case FRACTION: return digit ? FRACTION : c == 'e' ? EXPONENT : BAD;
    case EXPONENT:
      if (c == '-') return EXPONENT_SIGN; /* falls through */
    case EXPONENT_SIGN:
    case DIGITS: return digit ? DIGITS : BAD;
    case BAD: return BAD;
  }
  return BAD;
}
KEEP static int accepts(const char *text) {
  enum state state = START;
  int steps = 0;
  for (; *text && state != BAD; text++, steps++) state = next(state, *text);
  int good = state == WHOLE || state == FRACTION || state == DIGITS;
  return steps * 10 + good;
}
/* The machine inline, with a variable that says where to go on. */
KEEP static int comments(const char *p) {
  int state = 0, kept = 0;
  for (;;) {
    switch (state) {
      case 0:
        if (*p == 0) return kept;
        if (*p == '/') state = 1;
        else kept = kept * 3 % 1009 + *p;
        break;
      case 1:
        if (*p == '*') state = 2;
        else kept = kept * 3 % 1009 + '/', state = 0;
        if (state == 0) continue;
        break;
      case 2:
        if (*p == 0) return -1;
        state = *p == '*' ? 3 : 2;
        break;
      case 3:
        if (*p == 0) return -2;
        if (*p == '/') state = 0;
        else if (*p != '*') state = 2;
        break;
    }
    p++;
  }
}

int main(void) {
  static const char *const texts[] = {"12", "-.5", "+3.14e-10", "1e", "..", "7.e2", "", "1e+5", "-"};
  for (int i = 0; i < COUNT(texts); i++) out("accepts", accepts(texts[in(i)]));
  static const char *const codes[] = {"a/b", "a/*b*/c", "x/**/y", "/*", "/***/z//", "q/*a*"};
  for (int i = 0; i < COUNT(codes); i++) out("comments", comments(codes[in(i)]));
}
