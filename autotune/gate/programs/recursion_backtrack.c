/* form: clang. Backtracking: state is changed, a call is made, state is restored. */
#include "program.h"

static int columns, left, right, solutions;

KEEP static void queens(int row, int size) {
  if (row == size) {
    solutions++;
    return;
  }
  for (int free = ((1 << size) - 1) & ~(columns | left | right); free; free &= free - 1) {
    int bit = free & -free, old_left = left, old_right = right;
    columns |= bit;
    left = (left | bit) << 1;
    right = (right | bit) >> 1;
    queens(row + 1, size);
    columns &= ~bit;
    left = old_left;
    right = old_right;
  }
}

static int order[4], used;
static uint32_t seen = 2166136261u;

KEEP static void permute(int place, int count) {
  if (place == count) {
    uint32_t word = 0;
    for (int i = 0; i < count; i++) word = word * 10 + (uint32_t)order[i];
    seen = mix(seen, word);
    return;
  }
  for (int value = 0; value < count; value++) {
    if (used >> value & 1) continue;
    used |= 1 << value;
    order[place] = value;
    permute(place + 1, count);
    used ^= 1 << value;
  }
}

int main(void) {
  queens(0, in(6));
  out("queens", solutions);
  permute(0, in(4));
  out("permutations", seen);
  out("clean", columns | used);
}
