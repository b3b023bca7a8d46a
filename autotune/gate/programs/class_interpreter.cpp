// form: clang. An interpreter of expression trees with shared nodes, reference counts and visitors.
#include "program.h"

static int alive;
struct node {
  int references = 0;
  node() { alive++; }
  virtual ~node() { alive--; }
  virtual long evaluate(const long *variables) const = 0;
  virtual int depth() const { return 1; }
  virtual bool constant() const { return false; }
};
class link {
  node *to_;

 public:
  link(node *n = nullptr) : to_(n) { if (to_) to_->references++; }
  link(const link &o) : to_(o.to_) { if (to_) to_->references++; }
  link &operator=(const link &o) {
    node *to = o.to_; // may be this one's own
    if (to) to->references++;
    drop();
    to_ = to;
    return *this;
  }
  ~link() { drop(); }
  void drop() { if (to_ && --to_->references == 0) delete to_; to_ = nullptr; }
  const node *operator->() const { return to_; }
};
struct number : node {
  long value;
  explicit number(long v) : value(v) {}
  long evaluate(const long *) const override { return value; }
  bool constant() const override { return true; }
};
struct variable : node {
  int index;
  explicit variable(int i) : index(i) {}
  long evaluate(const long *v) const override { return v[index]; }
};
struct operation : node {
  char what;
  link a, b;
  operation(char w, const link &x, const link &y) : what(w), a(x), b(y) {}
  long evaluate(const long *v) const override {
    long x = a->evaluate(v);
    if (what == '?') return x ? b->evaluate(v) : -1;
    long y = b->evaluate(v);
    switch (what) {
      case '+': return x + y;
      case '*': return x * y % 1000003;
      case '/': return y == 0 ? throw what : x / y;
      case '<': return x < y;
      default: return 0;
    }
  }
  int depth() const override { int x = a->depth(), y = b->depth(); return 1 + (x > y ? x : y); }
  bool constant() const override { return a->constant() && b->constant(); }
};
KEEP static link fold(char what, const link &a, const link &b) {
  link made(new operation(what, a, b));
  if (made->constant()) return link(new number(made->evaluate(nullptr)));
  return made;
}

int main() {
  {
    link x(new variable(0)), y(new variable(1)), two(new number(in(2)));
    link four = fold('+', two, two), e = fold('*', fold('+', x, four), y);
    for (int i = 0; i < 5; i++) e = fold(i % 2 ? '+' : '*', e, i % 3 ? x : e);
    link guarded = fold('?', fold('<', x, y), fold('/', e, x));
    for (long i = 0; i < 4; i++) {
      long variables[] = {in_64(i), in_64(3)};
      try {
        out("value", guarded->evaluate(variables));
      } catch (char c) {
        out("thrown", c);
      }
    }
    out("depth", guarded->depth() * 100 + four->depth());
    out("alive", alive);
    four = four;
    guarded = e;
    out("alive", alive);
  }
  out("alive", alive);
}
