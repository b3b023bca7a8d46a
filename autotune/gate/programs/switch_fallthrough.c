/* form: clang. Cases that run into each other, switches in switches, in loops, with continue and break. */
#include "program.h"

KEEP static unsigned tail(const char *p, int n) {
  unsigned hash = 17;
  switch (n & 7) {
    case 7: hash ^= (unsigned)p[6] << 16; /* falls through */
    case 6: hash ^= (unsigned)p[5] << 8; /* falls through */
    case 5: hash += (unsigned)p[4]; /* falls through */
    case 4: hash *= 0x9e3779b1u; /* falls through */
    case 3: hash ^= (unsigned)p[2] << 3; /* falls through */
    case 2: hash += (unsigned)p[1]; break;
    case 1: hash -= (unsigned)p[0]; /* falls through */
    default: hash = ~hash;
  }
  return hash;
}
KEEP static int inner(int a, int b) {
  switch (a) {
    case 1:
      switch (b) {
        case 1: return 11;
        case 2: break;
        default: return 19;
      }
      return 12;
    case 2:
      if (b == 1) break;
      return 22;
  }
  return a * 10 - b;
}
KEEP static int tokens(const char *text) {
  int depth = 0, strings = 0, escapes = 0;
  for (; *text; text++) {
    switch (*text) {
      case '(': depth++; continue;
      case ')':
        if (--depth < 0) return -1;
        break;
      case '"':
        for (text++; *text && *text != '"'; text++) {
          switch (*text) {
            case '\\':
              if (text[1]) text++;
              escapes++;
              break;
            default: break;
          }
        }
        if (!*text) return -2;
        strings++;
        break;
      case ';': goto done;
    }
    if (depth > 3) return -3;
  }
done:
  return depth * 100 + strings * 10 + escapes;
}

int main(void) {
  uint32_t hash = 1;
  for (int n = 0; n < 9; n++) hash = mix(hash, tail("sandbox", in(n)));
  out("tail", hash);
  for (int a = 0; a < 4; a++)
    for (int b = 0; b < 4; b++) printf("%d ", inner(in(a), in(b)));
  out("tokens", tokens("(a \"b)\\\"c\" (d \"\")"));
  out("tokens", tokens("())"));
  out("tokens", tokens("(\"open"));
  out("tokens", tokens("((((x"));
  out("tokens", tokens("((\"a\"; ignored )))))"));
}
