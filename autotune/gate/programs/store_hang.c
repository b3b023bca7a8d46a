/* A loop that ends by what a store in it did: if the store is lost, or its value is taken to be the
   old one, the program does not end or ends too early. */
#include "program.h"

struct worker { int state, left, done; };
static struct worker workers[3];
static int clock_;

KEEP static void step(struct worker *w) {
  if (w->state == 0) {
    if (w->left == 0) {
      w->state = 2;
      return;
    }
    w->left--;
    w->state = 1;
  } else if (w->state == 1) {
    w->done += w->left;
    w->state = 0;
  }
}
KEEP static int run(int n) {
  int rounds = 0;
  for (;;) {
    int busy = 0;
    for (int i = 0; i < n; i++) {
      step(&workers[i]);
      busy |= workers[i].state != 2;
    }
    rounds++;
    if (!busy) return rounds;
  }
}
KEEP static int countdown(int *left) {
  int trips = 0;
  while (*left) {
    int before = *left;
    *left = before - 1;
    if (*left == before) return -1;
    trips += *left & 1;
  }
  return trips;
}
KEEP static int flagged(int n) {
  int done = 0, *where = &done, rounds = 0;
  while (!done) {
    rounds++;
    if (rounds == n) *where = 1;
  }
  return rounds;
}
KEEP static void tick(void) { clock_++; }
KEEP static int until(int time) {
  int polls = 0;
  while (clock_ < time) {
    tick();
    polls++;
    if (polls > 1000) break;
  }
  return polls;
}
KEEP static int fixpoint(unsigned char *reach, int n) {
  int rounds = 0, changed;
  do {
    changed = 0;
    for (int i = 0; i < n; i++)
      if (reach[i] && !reach[i * 2 % n]) reach[i * 2 % n] = 1, changed = 1;
    rounds++;
  } while (changed);
  return rounds;
}

int main(void) {
  for (int i = 0; i < 3; i++) workers[i].left = in(i * 2 + 1);
  out("rounds", run(in(3)));
  for (int i = 0; i < 3; i++) out("done", workers[i].done);
  int left = in(9);
  out("countdown", countdown(&left));
  out("flagged", flagged(in(5)));
  out("until", until(in(7)));
  unsigned char reach[13] = {0, 1};
  out("fixpoint", fixpoint(reach, in(13)));
  out("reached", reach[12] + reach[0]);
}
