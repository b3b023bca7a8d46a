// form: clang. Copies, moves, references and operators: how many of each, on which objects.
#include <utility>

#include "program.h"

static int copies, moves, live;
class text {
  char *data_;
  int size_;

 public:
  explicit text(const char *s) : size_(static_cast<int>(strlen(s))) { data_ = strdup(s); live++; }
  text(const text &o) : size_(o.size_) { data_ = strdup(o.data_); copies++; live++; }
  text(text &&o) noexcept : data_(o.data_), size_(o.size_) { o.data_ = nullptr; o.size_ = 0; moves++; live++; }
  text &operator=(text o) { std::swap(data_, o.data_); std::swap(size_, o.size_); return *this; }
  ~text() { free(data_); live--; }
  char &operator[](int i) { return data_[i]; }
  text operator+(const text &o) const {
    text t("");
    free(t.data_);
    t.size_ = size_ + o.size_;
    t.data_ = static_cast<char *>(malloc(static_cast<size_t>(t.size_) + 1));
    memcpy(t.data_, data_, static_cast<size_t>(size_));
    memcpy(t.data_ + size_, o.data_, static_cast<size_t>(o.size_) + 1);
    return t;
  }
  bool operator==(const text &o) const { return size_ == o.size_ && memcmp(data_, o.data_, static_cast<size_t>(size_)) == 0; }
  int size() const { return size_; }
  const char *c() const { return data_ ? data_ : "(none)"; }
};
KEEP static text make(int which) {
  text a("left"), b("right");
  return which ? std::move(a) : b;
}
KEEP static int sink(text t) { return t.size(); }
KEEP static const text &longer(const text &a, const text &b) { return a.size() < b.size() ? b : a; }
template <class T> KEEP static T clamp(const T &x, const T &low, const T &high) { return x < low ? low : high < x ? high : x; }
struct meters { double v; bool operator<(const meters &o) const { return v < o.v; } };

int main() {
  {
    text a = make(in(1)), b = make(in(0)), c = a + text("-") + b;
    printf("%s\n", c.c());
    c[in(2)] = '_';
    text d = c;
    d = d;
    a = std::move(c);
    printf("%s %s %d %d\n", a.c(), longer(b, d).c(), sink(b), sink(std::move(b)));
    out("equal", (a == d) * 10 + (a == b));
    text many[2] = {a, std::move(d)};
    std::swap(many[0], many[1]);
    out("size", many[in(1)].size());
  }
  out("live", live);
  out("copies", copies > 0 ? copies : -1);
  out_d("clamp", clamp(meters{in_d(7)}, meters{1}, meters{5}).v + clamp(in(3), 4, 9) + clamp(in(12), 4, 9));
}
