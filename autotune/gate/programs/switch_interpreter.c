/* form: clang. A stack machine: a loop around a switch, with jumps, calls and an error exit from anywhere. */
#include "program.h"

enum { PUSH, ADD, SUB, MUL, DUP, SWAP, JUMP, JZ, LOAD, STORE, CALL, RET, PRINT, HALT };

struct machine {
  int stack[16], top, memory[4], returns[4], depth, steps;
};

KEEP static int run(struct machine *m, const signed char *code, int length) {
  int pc = 0;
  while (pc >= 0 && pc < length && m->steps++ < 500) {
    int *top = &m->stack[m->top];
    switch (code[pc++]) {
      case PUSH: m->stack[m->top++] = code[pc++]; break;
      case ADD: top[-2] += top[-1]; m->top--; break;
      case SUB: top[-2] -= top[-1]; m->top--; break;
      case MUL: top[-2] *= top[-1]; m->top--; break;
      case DUP: top[0] = top[-1]; m->top++; break;
      case SWAP: { int t = top[-1]; top[-1] = top[-2]; top[-2] = t; break; }
      case JUMP: pc = code[pc]; break;
      case JZ:
        m->top--;
        if (top[-1] == 0) pc = code[pc];
        else pc++;
        break;
      case LOAD: m->stack[m->top++] = m->memory[code[pc++] & 3]; break;
      case STORE: m->memory[code[pc++] & 3] = top[-1]; m->top--; break;
      case CALL:
        if (m->depth == 4) return -2;
        m->returns[m->depth++] = pc + 1;
        pc = code[pc];
        break;
      case RET:
        if (m->depth == 0) return -3;
        pc = m->returns[--m->depth];
        break;
      case PRINT: printf("%d ", top[-1]); m->top--; break;
      case HALT: return m->steps;
      default: return -1;
    }
  }
  return -4;
}

int main(void) {
  static const signed char factorial[] = {PUSH, 7, STORE, 0, PUSH, 1, LOAD, 0, MUL, LOAD, 0, PUSH, 1, SUB, DUP, STORE, 0,
                                          JZ, 21, JUMP, 6, PRINT, HALT};
  static const signed char calls[] = {PUSH, 3, CALL, 6, PRINT, HALT, DUP, MUL, DUP, PUSH, 81, SUB, JZ, 16, CALL, 6, RET};
  static const signed char endless[] = {JUMP, 0};
  static const signed char wrong[] = {PUSH, 1, PUSH, 2, SWAP, PRINT, 99};
  static const signed char deep[] = {CALL, 0};
  struct machine machines[5] = {{{0}, 0, {0}, {0}, 0, 0}};
  out("factorial", run(&machines[0], factorial, in(COUNT(factorial))));
  out("calls", run(&machines[1], calls, in(COUNT(calls))));
  out("endless", run(&machines[2], endless, in(COUNT(endless))));
  out("wrong", run(&machines[3], wrong, in(COUNT(wrong))));
  out("deep", run(&machines[4], deep, in(COUNT(deep))) + machines[4].depth);
}
