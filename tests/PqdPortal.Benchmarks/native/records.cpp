// The loop a physicist would write over HydraHarp V2 records, as the measure of our own: decode to tags, count by channel,
// count in bins of time, count pairs of two detectors by delay, by lag over six decades (T2) or by the difference of their pulses (T3). Reads in blocks, so that memory does not grow with the file.
//
//   records FILE OFFSET RECORDS T2|T3 BIN_TICKS REPEATS
//
// prints for each task its best time [ms] and numbers that tell whether it saw the same photons.
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>
#include <vector>

static const size_t Block = 1 << 16; // records

struct Tags { std::vector<int64_t> time; std::vector<int16_t> channel; std::vector<int32_t> dtime; };

template <bool T3> struct Layout {
    static const uint32_t mask = T3 ? 0x3FF : 0x1FFFFFF;
    static const int64_t wrap = T3 ? 1024 : 33554432;
};

// Calls photon(tick, channel, dtime) for every event.
template <bool T3, class Event>
static inline void walk(const uint32_t* records, size_t count, int64_t& offset, Event event) {
    for (size_t i = 0; i < count; i++) {
        uint32_t record = records[i];
        uint32_t channel = record >> 25 & 63;
        uint32_t tag = record & Layout<T3>::mask;
        if (record >> 31) {
            if (channel == 63) offset += (tag == 0 ? 1 : tag) * Layout<T3>::wrap;
            else if (channel >= 1 && channel <= 15) event(offset + tag, 100 + channel, 0);
            else if (channel == 0 && !T3) event(offset + tag, -1, 0);
        } else event(offset + tag, channel, T3 ? record >> 10 & 0x7FFF : 0);
    }
}

template <bool T3>
__attribute__((noinline)) static size_t decode(const uint32_t* records, size_t count, int64_t& offset, Tags& to) {
    int64_t* time = to.time.data();
    int16_t* channel = to.channel.data();
    int32_t* dtime = to.dtime.data();
    size_t n = 0;
    walk<T3>(records, count, offset, [&](int64_t t, int c, int d) {
        time[n] = t;
        channel[n] = (int16_t)c;
        if (T3) dtime[n] = d;
        n++;
    });
    return n;
}

template <bool T3>
__attribute__((noinline)) static void tally(const uint32_t* records, size_t count, int64_t& offset, int64_t* counts) {
    walk<T3>(records, count, offset, [&](int64_t, int c, int) { counts[c + 1]++; });
}

template <bool T3>
__attribute__((noinline)) static void trace(const uint32_t* records, size_t count, int64_t& offset, int64_t bin, std::vector<int64_t>& bins) {
    walk<T3>(records, count, offset, [&](int64_t t, int c, int) {
        if (c < 0 || c >= 100) return;
        size_t k = (size_t)(t / bin);
        if (k >= bins.size()) bins.resize(k + 1);
        bins[k]++;
    });
}

// Pairs of channels 0 and 1 within +-reach by their delay, in bins of a width: each photon looks back over the recent ones of the other
// detector. Whole records of T2 alone, whose tags are the times.
struct Pairs {
    std::vector<int64_t> recent[2] = {std::vector<int64_t>(2 * Block), std::vector<int64_t>(2 * Block)};
    size_t held[2] = {0, 0};
    std::vector<int64_t> bins;
    int64_t width, side, starts;
};

__attribute__((noinline)) static void correlate(const uint32_t* records, size_t count, int64_t& offset, Pairs& p) {
    int64_t half = p.side * p.width + (p.width - 1) / 2;
    for (int c = 0; c < 2; c++)
        if (p.held[c] > Block) { // the last of them are all that can be met
            size_t keep = p.held[c] < 4096 ? p.held[c] : 4096;
            memmove(p.recent[c].data(), p.recent[c].data() + p.held[c] - keep, keep * 8);
            p.held[c] = keep;
        }
    walk<false>(records, count, offset, [&](int64_t t, int c, int) {
        if (c != 0 && c != 1) return;
        const int64_t* other = p.recent[1 - c].data();
        for (size_t k = p.held[1 - c]; k > 0; k--) {
            int64_t back = t - other[k - 1];
            if (back > half) break;
            p.bins[(size_t)(((c ? back : -back) + half) / p.width)]++;
        }
        p.recent[c][p.held[c]++] = t;
        if (c == 0) p.starts++;
    });
}

// Pairs of channels 0 and 1 by pulse difference: each photon looks back as far as the farthest peak.
struct Recent { std::vector<int64_t> pulse; std::vector<uint8_t> channel; size_t n = 0; };

__attribute__((noinline)) static void pulsed(const uint32_t* records, size_t count, int64_t& offset, int64_t reach, Recent& recent, int64_t* peaks) {
    walk<true>(records, count, offset, [&](int64_t t, int c, int) {
        if (c != 0 && c != 1) return;
        if (recent.n == recent.pulse.size()) {
            size_t kept = recent.n / 2;
            memmove(&recent.pulse[0], &recent.pulse[recent.n - kept], kept * sizeof(int64_t));
            memmove(&recent.channel[0], &recent.channel[recent.n - kept], kept);
            recent.n = kept;
        }
        for (size_t k = recent.n; k > 0 && t - recent.pulse[k - 1] <= reach; k--)
            if (recent.channel[k - 1] != c) peaks[reach + (c ? t - recent.pulse[k - 1] : recent.pulse[k - 1] - t)]++;
        recent.pulse[recent.n] = t;
        recent.channel[recent.n++] = (uint8_t)c;
    });
}

// Pairs of channel 1 behind channel 0 by lag over six decades: times with weights, halved from octave to octave, equal ones merged (Wahl et al. 2003),
// and in each octave a pointer for each edge that moves on with the starts (Laurence et al. 2006). A lag is at least 8 steps of its octave's clock.
static const int64_t Steps = 8;
struct Weighted { std::vector<int64_t> time; std::vector<int64_t> before; }; // photons before each entry, one more than entries

static int64_t pairs_before(const Weighted& starts, const Weighted& stops, int64_t lag) {
    const size_t n = starts.time.size(), m = stops.time.size();
    size_t p = 0;
    int64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        int64_t limit = starts.time[i] + lag;
        while (p < m && stops.time[p] < limit) p++;
        sum += (starts.before[i + 1] - starts.before[i]) * stops.before[p];
    }
    return sum;
}

static void halve(Weighted& of, int times) {
    size_t n = 0;
    for (size_t i = 0; i < of.time.size(); i++) {
        int64_t t = of.time[i] >> times, all = of.before[i + 1];
        if (n > 0 && of.time[n - 1] == t) of.before[n] = all;
        else { of.time[n++] = t; of.before[n] = all; }
    }
    of.time.resize(n);
    of.before.resize(n + 1);
}

__attribute__((noinline)) static void ladder(Weighted& a, Weighted& b, const std::vector<int64_t>& edges, std::vector<int64_t>& pairs) {
    int level = 0;
    for (size_t j = 0; j + 1 < edges.size();) {
        int next = level;
        while (edges[j] >> (next + 1) >= Steps) next++;
        halve(a, next - level);
        halve(b, next - level);
        level = next;
        int64_t before = pairs_before(a, b, edges[j] >> level);
        do {
            j++;
            int64_t upto = pairs_before(a, b, edges[j] >> level);
            pairs[j - 1] += upto - before;
            before = upto;
        } while (j + 1 < edges.size() && edges[j] >> (level + 1) < Steps);
    }
}

// The decay: micro times by channel.
__attribute__((noinline)) static void decay(const uint32_t* records, size_t count, int64_t& offset, std::vector<uint32_t>* bins) {
    walk<true>(records, count, offset, [&](int64_t, int c, int d) { if (c < 64) bins[c][d]++; });
}

template <class Work>
static double best(const char* file, int64_t at, int64_t records, int repeats, Work work) {
    double shortest = 1e300;
    std::vector<uint32_t> block(Block);
    for (int r = 0; r < repeats; r++) {
        auto start = std::chrono::steady_clock::now();
        int f = open(file, O_RDONLY);
        if (f < 0) { perror(file); exit(1); }
        work(nullptr, 0);
        for (int64_t done = 0; done < records;) {
            size_t wanted = (size_t)(records - done < (int64_t)Block ? records - done : Block);
            ssize_t got = pread(f, block.data(), wanted * 4, at + done * 4);
            if (got < 4) { fprintf(stderr, "the file is too short\n"); exit(1); }
            work(block.data(), (size_t)got / 4);
            done += got / 4;
        }
        close(f);
        double took = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
        if (took < shortest) shortest = took;
    }
    return shortest;
}

template <bool T3>
static void run(const char* file, int64_t at, int64_t records, int64_t bin, int repeats) {
    int64_t offset = 0, events = 0, last = 0;
    Tags tags{std::vector<int64_t>(Block), std::vector<int16_t>(Block), std::vector<int32_t>(Block)};
    double took = best(file, at, records, repeats, [&](const uint32_t* r, size_t n) {
        if (!r) { offset = events = 0; return; }
        size_t found = decode<T3>(r, n, offset, tags);
        if (found) last = tags.time[found - 1];
        events += (int64_t)found;
    });
    printf("tags %.6f %lld %lld\n", took, (long long)events, (long long)last);

    std::vector<int64_t> counts(256);
    took = best(file, at, records, repeats, [&](const uint32_t* r, size_t n) {
        if (!r) { offset = 0; counts.assign(256, 0); return; }
        tally<T3>(r, n, offset, counts.data());
    });
    printf("counts %.6f %lld %lld\n", took, (long long)counts[1], (long long)counts[2]);

    std::vector<int64_t> bins;
    took = best(file, at, records, repeats, [&](const uint32_t* r, size_t n) {
        if (!r) { offset = 0; bins.clear(); return; }
        trace<T3>(r, n, offset, bin, bins);
    });
    int64_t largest = 0;
    for (int64_t b : bins) if (b > largest) largest = b;
    printf("trace %.6f %lld %lld\n", took, (long long)bins.size(), (long long)largest);
    if (T3) {
        const int64_t reach = 40;
        std::vector<int64_t> peaks(2 * reach + 1);
        Recent recent{std::vector<int64_t>(1 << 16), std::vector<uint8_t>(1 << 16)};
        took = best(file, at, records, repeats, [&](const uint32_t* r, size_t n) {
            if (!r) { offset = 0; recent.n = 0; peaks.assign(peaks.size(), 0); return; }
            pulsed(r, n, offset, reach, recent, peaks.data());
        });
        int64_t all = 0;
        for (int64_t p : peaks) all += p;
        printf("pulsed %.6f %lld %lld\n", took, (long long)counts[1], (long long)all);
    }
    if (T3) {
        std::vector<uint32_t> dtimes[64];
        took = best(file, at, records, repeats, [&](const uint32_t* r, size_t n) {
            if (!r) { offset = 0; for (auto& d : dtimes) d.assign(32768, 0); return; }
            decay(r, n, offset, dtimes);
        });
        int64_t photons = 0, moment = 0;
        for (auto& d : dtimes) for (size_t k = 0; k < d.size(); k++) { photons += d[k]; moment += (int64_t)(k * d[k]); }
        printf("decay %.6f %lld %lld\n", took, (long long)photons, (long long)moment);
    }

    if (T3) return;
    Pairs pairs;
    pairs.width = 1001;
    pairs.side = 500;
    pairs.bins.resize(2 * pairs.side + 1);
    took = best(file, at, records, repeats, [&](const uint32_t* r, size_t n) {
        if (!r) { offset = pairs.starts = 0; pairs.held[0] = pairs.held[1] = 0; pairs.bins.assign(pairs.bins.size(), 0); return; }
        correlate(r, n, offset, pairs);
    });
    int64_t all = 0;
    for (int64_t b : pairs.bins) all += b;
    printf("g2 %.6f %lld %lld\n", took, (long long)pairs.starts, (long long)all);

    std::vector<int64_t> edges, lags;
    for (int k = 0; k <= 60; k++) {
        int64_t lag = llround(1e6 * pow(10, k / 10.0));
        int level = 0;
        while (lag >> (level + 1) >= Steps) level++;
        edges.push_back((lag + (1LL << level >> 1)) >> level << level);
    }
    Weighted a, b;
    int64_t read = 0;
    took = best(file, at, records, repeats, [&](const uint32_t* r, size_t n) {
        if (!r) {
            offset = read = 0;
            a.time.clear(); b.time.clear(); a.before.assign(1, 0); b.before.assign(1, 0);
            lags.assign(edges.size() - 1, 0);
            return;
        }
        walk<false>(r, n, offset, [&](int64_t t, int c, int) {
            if (c != 0 && c != 1) return;
            Weighted& of = c ? b : a;
            of.time.push_back(t);
            of.before.push_back((int64_t)of.time.size());
        });
        read += (int64_t)n;
        if (read == records) ladder(a, b, edges, lags);
    });
    printf("log %.6f %lld %lld\n", took, (long long)a.before.back(), (long long)b.before.back());
}

int main(int argc, char** argv) {
    if (argc != 7) { fprintf(stderr, "records FILE OFFSET RECORDS T2|T3 BIN_TICKS REPEATS\n"); return 2; }
    auto go = strcmp(argv[4], "T3") == 0 ? run<true> : run<false>;
    go(argv[1], atoll(argv[2]), atoll(argv[3]), atoll(argv[5]), atoi(argv[6]));
    return 0;
}
