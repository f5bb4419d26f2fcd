// Change points of a photon stream after Watkins and Yang (J. Phys. Chem. B 109, 617, 2005) as a physicist would write them over HydraHarp V2 T2 records, as the measure of
// our own: windows of 1000 photons that overlap by 200, cut where the likelihood ratio is largest, both parts again, then each change once more between its neighbours.
//
//   changes FILE OFFSET RECORDS
//
// prints the processor time it took [ms], from opening the file, and the changes [ticks].
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fcntl.h>
#include <unistd.h>
#include <vector>

static const int Longest = 1000, Overlap = 200, Fewest = 6, Reach = 500, Rounds = 10;

static double H1[Longest + 1], H2[Longest + 1];

// 99 % of steady light stays below.
static double critical(int n) {
    static const double sizes[] = {6, 8, 10, 15, 20, 30, 50, 100, 150, 200, 300, 500, 750, 1000};
    static const double values[] = {5.17, 5.59, 5.94, 6.34, 6.70, 7.05, 7.44, 7.70, 7.98, 8.18, 8.24, 8.39, 8.58, 8.67};
    int i = 0;
    while (i < 12 && n >= sizes[i + 1]) i++;
    double share = log(n / sizes[i]) / log(sizes[i + 1] / sizes[i]);
    return values[i] + share * (values[i + 1] - values[i]);
}

static int find(const std::vector<double>& t, int from, int to) {
    int n = to - from;
    if (n < Fewest) return -1;
    double best = critical(n);
    int at = -1;
    for (int k = 2; k <= n - 2; k++) {
        double m = n - k, v = (t[from + k] - t[from]) / (t[to] - t[from]);
        double l = -k * log(v) - m * log(1 - v);
        double mean = k * (H1[n - 1] - H1[k - 1]) + m * (H1[n - 1] - H1[n - k - 1]);
        double variance = (double)k * k * (H2[n - 1] - H2[k - 1]) + m * m * (H2[n - 1] - H2[n - k - 1]) - 2 * k * m * (M_PI * M_PI / 6 - H2[n - 1]);
        double z = (l - mean) / sqrt(variance) + 0.5 * log(4 * k * m / ((double)n * n));
        if (z > best) { best = z; at = from + k; }
    }
    return at;
}

static void cut(const std::vector<double>& t, int from, int to, std::vector<int>& found) {
    int at = find(t, from, to);
    if (at < 0) return;
    found.push_back(at);
    cut(t, from, at, found);
    cut(t, at, to, found);
}

int main(int argc, char** argv) {
    if (argc != 4) { fprintf(stderr, "changes FILE OFFSET RECORDS\n"); return 2; }
    clock_t start = clock();
    size_t records = atoll(argv[3]);
    std::vector<uint32_t> raw(records);
    int file = open(argv[1], O_RDONLY);
    if (pread(file, raw.data(), 4 * records, atoll(argv[2])) != (ssize_t)(4 * records)) return 1;
    close(file);

    std::vector<int64_t> ticks;
    int64_t offset = 0;
    for (uint32_t record : raw) {
        uint32_t channel = record >> 25 & 63, tag = record & 0x1FFFFFF;
        if (record >> 31) offset += channel == 63 ? (tag == 0 ? 1 : tag) * 33554432LL : 0;
        else ticks.push_back(offset + tag);
    }
    std::vector<double> t(ticks.begin(), ticks.end());
    for (int j = 1; j <= Longest; j++) { H1[j] = H1[j - 1] + 1.0 / j; H2[j] = H2[j - 1] + 1.0 / j / j; }

    std::vector<int> found;
    int last = (int)t.size() - 1;
    for (int from = 0; from < last; from += Longest - Overlap) {
        cut(t, from, std::min(from + Longest, last), found);
        if (from + Longest >= last) break;
    }
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    for (int round = 0; round < Rounds; round++) {
        std::vector<int> kept;
        for (size_t i = 0; i < found.size(); i++) {
            int from = std::max(kept.empty() ? 0 : kept.back(), found[i] - Reach);
            int to = std::min(i + 1 < found.size() ? found[i + 1] : last, found[i] + Reach);
            int at = find(t, from, to);
            if (at >= 0) kept.push_back(at);
        }
        bool stable = kept == found;
        found = kept;
        if (stable) break;
    }
    double ms = 1e3 * (clock() - start) / CLOCKS_PER_SEC;
    printf("%f\n", ms);
    for (int at : found) printf("%lld\n", (long long)ticks[at]);
    return 0;
}
