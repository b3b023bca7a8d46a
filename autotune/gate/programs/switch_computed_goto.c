/* Labels as values: a table of addresses of blocks, and indirect branches. */
#include "program.h"

KEEP static int run(const unsigned char *code, int x) {
  static const void *const table[] = {&&stop, &&add, &&twice, &&minus, &&jump, &&skip};
  int trace = 0;
#define NEXT goto *table[*code++]
  NEXT;
add:
  x += *code++;
  trace = trace * 3 + 1;
  NEXT;
twice:
  x *= 2;
  trace = trace * 3 + 2;
  NEXT;
minus:
  x = -x;
  NEXT;
jump:
  if (x < 100) {
    code -= *code;
    NEXT;
  }
  code++;
  NEXT;
skip:
  if (x & 1) code += 2;
  NEXT;
stop:
  return x * 1000 + trace % 1000;
#undef NEXT
}

int main(void) {
  static const unsigned char grow[] = {1, 5, 2, 4, 4, 0};
  static const unsigned char odd[] = {5, 1, 10, 3, 5, 1, 1, 2, 0};
  out("grow", run(grow, in(1)));
  out("grow", run(grow, in(200)));
  for (int i = 0; i < 5; i++) out("odd", run(odd, in(i * 7)));
}
