#include <fstream>
#include <functional>
#include <string>

#include "bench/cases.hpp"

namespace keitaro_outbox::bench {
namespace {

/// A tracker whose Admin API has nothing: each conversion is asked after, and a note of that written, while
/// the rest is delivered. That is the most that reading back can write.
void write_configuration(const std::string& file, const std::string& url, bool reads_back) {
  const std::string base = url.substr(0, url.find('/', url.find("://") + 3));
  std::ofstream out(file);
  out << "[[tracker]]\nurl = \"" << url << "\"\nallow_private = true\n";
  if (reads_back) {
    out << "admin_url = \"" << base
        << "\"\nadmin_key = \"key\"\nadmin_rate = 10\nverify_after = \"1s\"\nverify_again = [\"1h\"]\n";
  }
}

}  // namespace

void run_read_back(Bench& bench, CaseReport& report) {
  const std::uint64_t rows = bench.settings().rows;
  in_rounds(bench, [&] {
    double with = 0;
    double without = 0;
    const auto deliver = [&](bool reads_back) {
      bench.progress().show(reads_back ? "with read-back" : "without");
      const std::string config = bench.path("read-back.toml");
      write_configuration(config, bench.url(), reads_back);
      const std::string db = bench.make_outbox("outbox.db", rows);
      const Run run = bench.drain({db, "", {"--config", config}, false}, rows);
      remove_database(db);
      return run.rate();
    };
    in_turn(bench, {[&] { without = deliver(false); }, [&] { with = deliver(true); }});
    report.add("worker, without read-back", "rows/s", without);
    report.add("worker, with read-back", "rows/s", with);
    report.add("with / without read-back", "", with / without);
  });
}

}  // namespace keitaro_outbox::bench
