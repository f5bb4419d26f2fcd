using System.Globalization;
using System.Text.Json.Nodes;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Correlation;

/// <summary>
/// A look at the beginning of a pulsed measurement, before pairs are counted: which detectors speak, where on the micro time
/// axis their decays rise, and for T2 what the laser's rhythm is.
/// </summary>
public sealed class PulsedSurvey : IPhotonConsumer
{
    const int Enough = 1 << 18;   // photons
    const int MostSteps = 1 << 15; // of a micro time
    const int EdgeBins = 512;

    readonly PulsedClock _clock;
    readonly IReadOnlyList<int>? _asked;
    readonly long[]?[] _decay = new long[]?[Measurements.Channels.MarkerBase];
    readonly long[] _photons = new long[Measurements.Channels.MarkerBase];
    readonly CancellationTokenSource _done = new();
    long _seen;
    int _speaking;

    PulsedSurvey(PulsedClock clock, IReadOnlyList<int>? asked) => (_clock, _asked) = (clock, asked);

    /// <summary>Photons seen on each channel that has any.</summary>
    public IReadOnlyDictionary<int, long> Photons => Enumerable.Range(0, _photons.Length).Where(c => _photons[c] > 0).ToDictionary(c => c, c => _photons[c]);

    /// <summary>Micro times of a channel [steps]; empty where it saw no photon.</summary>
    public ReadOnlySpan<long> Decay(int channel) => _decay[channel];

    /// <summary>Looks at the first quarter of a million photons, and on until two detectors have spoken.</summary>
    public static PulsedSurvey Of(PhotonStream photons, PulsedClock clock, IReadOnlyList<int>? asked, CancellationToken stop)
    {
        var survey = new PulsedSurvey(clock, asked);
        Until(survey._done, to => Pass(photons, clock, survey, null, to), stop);
        return survey;
    }

    /// <summary>Reads all photons, each with its pulse.</summary>
    public static PassReport Pass(PhotonStream photons, PulsedClock clock, IPhotonConsumer consumer, IProgress<long>? progress, CancellationToken stop) =>
        photons.Read(clock.Laser is null ? consumer : new PulsedTrain(clock, consumer), progress, stop);

    static void Until(CancellationTokenSource done, Action<CancellationToken> read, CancellationToken stop)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(done.Token, stop);
        try
        {
            read(either.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            // Enough was seen.
        }
    }

    void IPhotonConsumer.Add(in PhotonBatch batch)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            var channel = batch.Channel[i];
            if (!Measurements.Channels.IsPhoton(channel) || IsWhole) continue;
            _seen++;
            if (_photons[channel]++ == 0 && (_asked is null || _asked.Contains(channel))) _speaking++;
            var decay = _decay[channel] ??= new long[_clock.Steps];
            if (!batch.Dtime.IsEmpty) decay[Math.Min((uint)batch.Dtime[i], (uint)decay.Length - 1)]++;
        }

        if (IsWhole) _done.Cancel();
    }

    bool IsWhole => _seen >= Enough && _speaking >= 2;

    /// <summary>How the photons tell their pulse.</summary>
    /// <exception cref="InsufficientDataException">The file tells neither the laser's period nor its pulses.</exception>
    /// <exception cref="RequestException">A laser channel was named where the records count pulses themselves.</exception>
    public static PulsedClock Clock(PhotonStream photons, int? laser, int? divider, CancellationToken stop)
    {
        if (photons.SyncPeriod is { } period && period > 0)
        {
            if (laser is not null || divider is not null)
                throw new RequestException("This file counts the laser's pulses itself; leave out \"sync_channel\" and \"sync_divider\", which are for T2 files.");
            var step = photons is { HasDtime: true, ChannelWidth: { } width } ? width : 0;
            // One step more than fits into a period, so that micro times at its very end keep theirs.
            return new(period, step, step > 0 ? (int)Math.Clamp(Math.Ceiling(2 * period / step) + 1, 2, MostSteps) : 1);
        }

        if (photons.Tick is not { } tick || !(tick > 0))
            throw new InsufficientDataException("The file does not say how long a tick of its clock is, so the laser's period is unknown.");
        if (photons.Mode != "T2")
            throw new InsufficientDataException("The file does not say the laser's period, so its photons cannot be told by pulse. A T3 file, or a T2 file with the laser's events, is needed.");
        var channel = (short)(laser ?? Measurements.Channels.Sync);
        var rhythm = new PulsedRhythm(channel);
        Until(rhythm.Done, to => photons.Read(rhythm, null, to), stop);
        if (rhythm.Events < 3)
            throw new InsufficientDataException(laser is null
                ? "The file has no events of the laser (sync). If the laser's pulses are on an ordinary channel, name it as sync_channel; without a laser use g2.cw."
                : $"Channel {laser} has {rhythm.Events} events; the laser's pulses should be there. Is sync_channel right?");
        if (rhythm.Interval() is not { } interval)
            throw new InsufficientDataException($"The events of {(laser is null ? "the sync" : $"channel {laser}")} come in no rhythm; a laser's pulses would. Is sync_channel right?");
        var pulses = divider ?? DividerOf(photons.Header, interval * tick);
        var perPulse = interval / pulses;
        var bits = 0;
        while (perPulse / (1L << bits) > MostSteps / 2) bits++;
        return new(perPulse * tick, tick * (1L << bits), (int)Math.Ceiling(perPulse / (1L << bits)) + 1)
        {
            Laser = channel, TicksPerPulse = perPulse, StepBits = bits, Divider = pulses,
        };
    }

    /// <summary>Laser pulses for each event, where the header knows the laser's rate.</summary>
    static int DividerOf(JsonObject header, double interval)
    {
        if (header["TTResult_SyncRate"] is not { } given || !double.TryParse(given.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var rate)) return 1;
        var pulses = rate * interval;
        return pulses is > 1.5 and < 1e6 && Math.Abs(pulses - Math.Round(pulses)) < 0.05 * Math.Round(pulses) ? (int)Math.Round(pulses) : 1;
    }

    /// <summary>Where a detector's decay rises.</summary>
    /// <param name="Foot">Where it leaves the level before it [s].</param>
    /// <param name="Half">Where it has risen half way [s]: about the centre of the response.</param>
    public sealed record Edge(double Foot, double Half);

    /// <summary>The rising edge of a decay; null where nothing rises clearly.</summary>
    public Edge? EdgeOf(int channel)
    {
        var (period, step) = (_clock.Period, _clock.Step);
        if (_decay[channel] is not { } decay || step <= 0) return null;
        var bins = (int)Math.Clamp(period / step, 8, EdgeBins);
        var (counts, open) = (new double[bins], new double[bins]);
        for (var d = 0; d < decay.Length && (d + 0.5) * step < period; d++)
        {
            var bin = Math.Min((int)((d + 0.5) * step / period * bins), bins - 1);
            counts[bin] += decay[d];
            open[bin]++;
        }

        var mean = open.Average();
        double Level(int i) // over three bins
        {
            double n = 0, w = 0;
            for (var k = i - 1; k <= i + 1; k++)
            {
                n += counts[(k + bins) % bins];
                w += open[(k + bins) % bins];
            }
            return w > 0 ? n / w * mean : 0;
        }

        var level = Enumerable.Range(0, bins).Select(Level).ToArray();
        var top = Array.IndexOf(level, level.Max());
        var least = level.Min();
        var rise = level[top] - least;
        if (3 * rise < 8 * Math.Sqrt(3 * level[top] + 1)) return null;

        // Back from the top. The level before the edge is the lowest of the period, but for a tail that falls on.
        var i = top;
        while (level[(i + bins) % bins] > least + 0.5 * rise && top - i < bins) i--;
        var half = i + 1;
        var before = Enumerable.Range(half - bins / 8, bins / 10).Min(k => level[(k + 2 * bins) % bins]);
        while (top - i < bins && level[(i + 2 * bins) % bins] > before + 0.02 * rise + 2 * Math.Sqrt(before / 3 + 1)) i--;
        return new((i - 1.0) / bins * period, (half + 0.5) / bins * period);
    }

    /// <summary>Time zero and the cut between pulses, of one detector.</summary>
    /// <param name="given">Time zero where it is known [s].</param>
    /// <param name="sigma">Standard deviation of the response where it is known [s].</param>
    public (double TimeZero, double Cut, bool IsSeen) ZeroOf(int channel, double? given, double? sigma)
    {
        var edge = EdgeOf(channel);
        var period = _clock.Period;
        if (given is not { } zero)
            return edge is null ? (0, 0, false) : (edge.Half, edge.Foot, true);
        if (sigma is > 0) return (zero, zero - Math.Min(5 * sigma.Value, 0.2 * period), true);
        // The foot of the edge, where it lies shortly before the time zero that was given.
        var ahead = edge is null ? double.NaN : zero - edge.Foot - period * Math.Round((zero - edge.Foot) / period);
        return (zero, zero - (ahead >= 0 && ahead < 0.2 * period ? ahead : Math.Min(1e-9, 0.02 * period)), true);
    }

    /// <summary>Centre and width of a response measured with the same set-up, of one detector [s on the micro time axis].</summary>
    /// <exception cref="RequestException">The file holds no decay.</exception>
    /// <exception cref="InsufficientDataException">The decay has no peak.</exception>
    public static (double Centre, double Sigma) Response(Measurement response, PulsedClock clock, int channel, CancellationToken stop)
    {
        var found = InstrumentResponse.Of(response switch
        {
            PhotonStream stream => OfStream(stream),
            HistogramSet set => OfHistogram(set),
            _ => throw new RequestException($"The input \"irf_file\" holds a {response.Kind} ({response.Format}); a decay histogram or a photon stream of the response is needed."),
        });
        // Micro times stand at the beginning of their steps. A peak over the end of the period may have its middle on either side.
        var centre = found.Centre - 0.5 * clock.Step;
        return (centre - clock.Period * Math.Floor(centre / clock.Period), found.Sigma);

        DecayHistogram OfStream(PhotonStream stream)
        {
            var own = Clock(stream, clock.Laser is { } laser and >= 0 && stream.SyncPeriod is null ? laser : null, null, stop);
            if (own.Step <= 0) throw new RequestException("The photons of \"irf_file\" have no micro times with a unit; time zero cannot be taken from them. Give it as irf_t0_ps.");
            var survey = Of(stream, own, null, stop);
            var found = survey.Photons;
            var counts = new long[Math.Min(own.Steps, (int)Math.Ceiling(own.Period / own.Step - 1e-6))];
            foreach (var c in found.ContainsKey(channel) ? [channel] : found.Keys)
                for (var k = 0; k < counts.Length; k++) counts[k] += survey.Decay(c)[k];
            return new(channel, counts, own.Step) { Period = own.Period };
        }

        DecayHistogram OfHistogram(HistogramSet set)
        {
            var curves = set.Curves.Where(curve => curve is { BinWidth: > 0, Sum: > 0, Meaning: not HistogramMeaning.Coincidences }).ToArray();
            var curve = curves.FirstOrDefault(curve => curve.Channel == channel) ?? curves.MaxBy(curve => curve.Sum)
                ?? throw new RequestException("The input \"irf_file\" holds no decay with counts and a bin width. Give time zero as irf_t0_ps.");
            return new(channel, curve.Counts, curve.BinWidth!.Value) { Start = curve.Start, Period = clock.Period };
        }
    }
}
