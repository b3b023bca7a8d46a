/* form: clang. Errors by longjmp with a stack of handlers, and clean-up on the way. */
#include <setjmp.h>

#include "program.h"

struct handler { jmp_buf place; struct handler *outer; };
static struct handler *innermost;
static int open_files, raised;

KEEP static _Noreturn void raise_error(int code) {
  struct handler *h = innermost;
  innermost = h->outer;
  raised++;
  longjmp(h->place, code);
}
KEEP static int work(int kind) {
  if (kind % 3 == 1) raise_error(kind);
  return kind * 2;
}
KEEP static int with_file(int kind) {
  struct handler h;
  volatile int result = -1;
  h.outer = innermost;
  open_files++;
  int code = setjmp(h.place);
  if (code == 0) {
    innermost = &h;
    result = work(kind);
    innermost = h.outer;
  } else {
    open_files--;
    if (code > 5) raise_error(code + 100); /* to the outer one */
    return -code;
  }
  open_files--;
  return result;
}
KEEP static int run(int kind) {
  struct handler h;
  h.outer = innermost;
  int code = setjmp(h.place);
  if (code) return 1000 + code;
  innermost = &h;
  int result = with_file(kind);
  innermost = h.outer;
  return result;
}

int main(void) {
  for (int kind = 0; kind < 9; kind++) out("run", run(in(kind)));
  out("open", open_files);
  out("raised", raised);
  out("clean", innermost == NULL);
}
