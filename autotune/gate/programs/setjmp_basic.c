/* form: clang. setjmp and longjmp: volatile locals survive, code after the second return, jumps through frames. */
#include <setjmp.h>

#include "program.h"

static jmp_buf back;
static int trail;

KEEP static void leave(int code) {
  trail = trail * 10 + code;
  longjmp(back, code);
}
KEEP static int deep(int n) {
  if (n == 0) leave(7);
  int below = deep(n - 1);
  trail = -1; /* never reached */
  return below + 1;
}
KEEP static int retry(int most) {
  volatile int tries = 0;
  int code = setjmp(back);
  tries = tries + 1;
  if (tries < most) leave(tries);
  return tries * 10 + code;
}
KEEP static int protect(int n) {
  volatile int state = 1;
  int result;
  if ((result = setjmp(back)) == 0) {
    state = 2;
    result = deep(n);
    state = 3;
  }
  return result * 10 + state;
}
KEEP static int divide(int a, int b) {
  if (b == 0) longjmp(back, 3);
  return a / b;
}
KEEP static int all(const int *v, int n) {
  volatile int done = 0;
  switch (setjmp(back)) {
    case 0:
      for (int i = 0; i < n; i++) {
        divide(100, v[i]);
        done = done + 1;
      }
      return done;
    case 3: return -done;
    default: return 1000;
  }
}

int main(void) {
  const int v[] = {1, 2, 0, 4};
  out("retry", retry(in(4)));
  out("protect", protect(in(3)));
  out("all", all(v, in(4)));
  out("all", all(v, in(2)));
  out("trail", trail);
}
