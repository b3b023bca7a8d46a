/* A search tree of nodes in a pool: insertion through a pointer to a pointer, removal, walks. */
#include "program.h"

struct node {
  int key, count;
  struct node *low, *high;
};

static struct node pool[32];
static int taken;

KEEP static void insert(struct node **at, int key) {
  if (*at == NULL) {
    *at = &pool[taken++];
    (*at)->key = key;
    (*at)->count = 1;
  } else if (key == (*at)->key) {
    (*at)->count++;
  } else {
    insert(key < (*at)->key ? &(*at)->low : &(*at)->high, key);
  }
}

KEEP static void drop(struct node **at, int key) {
  struct node *one = *at;
  if (one == NULL) return;
  if (key != one->key) {
    drop(key < one->key ? &one->low : &one->high, key);
  } else if (one->low == NULL || one->high == NULL) {
    *at = one->low ? one->low : one->high;
  } else {
    struct node **next = &one->high;
    while ((*next)->low) next = &(*next)->low;
    one->key = (*next)->key;
    one->count = (*next)->count;
    *next = (*next)->high;
  }
}

static int height(const struct node *one) {
  if (!one) return 0;
  int low = height(one->low), high = height(one->high);
  return 1 + (low > high ? low : high);
}

static uint32_t walk(const struct node *one, uint32_t hash, int level) {
  if (!one) return hash;
  hash = walk(one->low, hash, level + 1);
  hash = mix(hash, (uint32_t)(one->key * 100 + one->count * 10 + level));
  return walk(one->high, hash, level + 1);
}

int main(void) {
  struct node *root = NULL;
  unsigned state = in_u(12345);
  for (int i = 0; i < 25; i++) insert(&root, (int)((state = state * 1103515245u + 12345u) >> 16) % 40);
  out("height", height(root));
  out("nodes", taken);
  out("walk", walk(root, 1, 0));
  for (int key = 0; key < 40; key += 3) drop(&root, in(key));
  out("height", height(root));
  out("walk", walk(root, 1, 0));
}
