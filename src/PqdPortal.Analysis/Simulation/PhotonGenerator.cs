using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Simulation;

/// <summary>
/// Draws the photons of a simulated measurement, detector by detector fault, in the order of time, and hands them out in
/// batches. Memory does not grow with the length of the run.
/// </summary>
/// <remarks>
/// Light falls on the detectors; each count makes its detector blind for the dead time, may be followed by an afterpulse,
/// and may light the next detector by its breakdown flash; the time written down is late by the cable and off by the
/// jitter. Each emitter, the background and the detectors draw from streams of their own, so that adding background does
/// not change the emitter's photons.
/// </remarks>
public sealed class PhotonGenerator
{
    readonly SimulationOptions _options;
    readonly SimulationSetup _setup;
    readonly LightSource[] _sources;
    readonly Dwells[] _dwells;
    readonly SeededRandom _random;

    /// <exception cref="RequestException">The options do not fit together.</exception>
    public PhotonGenerator(SimulationOptions options)
    {
        _options = options;
        _setup = SimulationSetup.Of(options);
        _random = new SeededRandom(options.Seed, 1);

        var end = Grain.From(options.Duration);
        var shining = options.Bleaching is { } bleached ? Math.Min(end, Grain.From(bleached)) : end;
        var sources = new List<LightSource>();
        var dwells = new List<Dwells>();
        for (var i = 0; i < _setup.Shares.Length; i++)
        {
            var random = new SeededRandom(options.Seed, 10 + i);
            var blinking = new Dwells(options, new SeededRandom(options.Seed, 100 + i), end);
            var router = new Router(_setup.SignalRate);
            dwells.Add(blinking);
            sources.Add(Fading(Emitter(i, shining, router, blinking, random), 200 + i));
        }

        if (_setup.LightRate.Sum() > 0) sources.Add(Fading(Light(shining), 200));
        if (_setup.UncorrelatedRate.Sum() > 0)
            sources.Add(new SteadyLight(_setup.UncorrelatedRate, new SeededRandom(options.Seed, 2)));
        _sources = [.. sources];
        _dwells = [.. dwells];
    }

    LightSource Emitter(int i, long shining, Router router, Dwells blinking, SeededRandom random)
    {
        if (_options.Kind == "pulsed")
            return new PulsedEmitter(_setup.Pulses[i], _setup.Period, Grain.From(_options.TimeZero),
                _options.BiexcitonLifetime * Grain.PerSecond, _setup.PulseSigma, shining, router, blinking, random);
        if (_options.Kind != "kinetic") return new CwEmitter(_setup.Cycles[i], shining, router, blinking, random);
        if (!_setup.IsPulsed)
            return new KineticEmitter(
                [.. _setup.Schemes.Select((scheme, state) => new KineticEmitter.Table(scheme, _setup.Pump, _setup.Counted[i][state]))], shining, router, blinking, random);
        return new PulsedKineticEmitter(
            [.. _setup.Schemes.Select((scheme, state) => new PulsedKineticEmitter.Chain(scheme, _setup.Counted[i][state]))],
            _setup.Schemes[blinking.State].Pulsed(_options.MeanExcitons, _setup.Period / Grain.PerSecond).Before, _options.MeanExcitons,
            _setup.Period, Grain.From(_options.TimeZero), _setup.PulseSigma, shining, router, blinking, random);
    }

    /// <summary>Light that is no emitter's.</summary>
    LightSource Light(long shining)
    {
        var (o, rates) = (_options, _setup.LightRate);
        var random = new SeededRandom(o.Seed, 10);
        var light = o.Kind switch
        {
            "thermal" when !_setup.Pairs => new FieldLight(rates, o.CoherenceTime, o.Modes, random),
            "thermal" => new BurstLight(rates, 1.0 / o.Modes, o.CoherenceTime, pairs: true, random),
            "clusters" => new BurstLight(rates, o.ClusterAmplitude, o.CoherenceTime, pairs: false, random),
            "hom" => Hom(),
            "michelson" => new FringeLight(Michelson.Rates(o, rates), Grain.From(Michelson.Dwell(o)), random),
            _ => (LightSource)new SteadyLight(rates, random),
        };
        return o.Bleaching is null ? light : new EndingLight(light, shining);

        HomLight Hom()
        {
            var photons = SimulationSetup.Hom(o, rates, _setup.Period);
            return new HomLight(o, (1 - o.NoiseShare) * photons, o.NoiseShare * photons, [.. rates.Select(rate => rate / rates.Max())],
                _setup.Period, Grain.From(o.Duration), random);
        }
    }

    LightSource Fading(LightSource light, int stream) => _options.Drift == 0 ? light
        : new FadingLight(light, _options.Drift / 3600, _options.Duration, new SeededRandom(_options.Seed, stream));

    /// <summary>Runs the measurement once from its start; a generator is used up by it.</summary>
    /// <param name="consumer">Sees every event in order: photons, sync events, markers.</param>
    /// <param name="progress">Hears the simulated time so far [s].</param>
    /// <exception cref="OperationCanceledException">Stopped between two batches.</exception>
    public RealisedRun Run(IPhotonConsumer consumer, IProgress<double>? progress = null, CancellationToken stop = default)
    {
        var detectors = _setup.Detectors;
        var end = Grain.From(_options.Duration);
        var dead = Grains(_setup.DeadTime);
        var delay = Grains(_setup.Delay);
        var jitter = _setup.Jitter.Select(s => s * Grain.PerSecond).ToArray();
        var irf = _options.IrfCounts is { } counts ? new MeasuredResponse(counts, _options.IrfBin * Grain.PerSecond) : null;
        var blindUntil = new long[detectors];
        Array.Fill(blindUntil, long.MinValue);
        var echoes = new PriorityQueue<int, long>();
        var echoing = _setup.Afterpulse.Any(p => p > 0) || (_options.Crosstalk > 0 && detectors > 1);
        var afterpulses = new long[detectors];
        var lost = new long[detectors];

        // A recorded time is later than its light by the delay, and off by 9 sigma at most: sorted within that reach.
        var early = (long)(9 * jitter.Max());
        var output = new BatchedOutput(consumer, _setup, end, Grain.From(_options.CommonDeadTime), _options.OnePhotonPerSync == "yes");
        var sorter = new SortedWindow(output);
        var pacing = 0;

        while (true)
        {
            var source = _sources.Length > 0 ? _sources[0] : null;
            for (var i = 1; i < _sources.Length; i++)
                if (_sources[i].Time < source!.Time) source = _sources[i];

            long time;
            int detector;
            if (echoes.TryPeek(out var echo, out var echoTime) && (source is null || echoTime <= source.Time))
            {
                time = echoTime;
                detector = echo;
                echoes.Dequeue();
                if (time >= end) continue;
            }
            else
            {
                if (source is null || source.Time >= end) break;
                time = source.Time;
                detector = source.Detector;
                source.Advance();
            }

            if (time < blindUntil[detector])
            {
                lost[detector]++;
                continue;
            }

            blindUntil[detector] = time + dead[detector];
            if (echoing)
            {
                if (_setup.Afterpulse[detector] > 0 && _random.Uniform() < _setup.Afterpulse[detector])
                {
                    echoes.Enqueue(detector, time + dead[detector] + Grain.Whole(_random.Exponential() * _options.AfterpulseDecay * Grain.PerSecond));
                    afterpulses[detector]++;
                }

                if (detectors > 1 && _options.Crosstalk > 0 && _random.Uniform() < _options.Crosstalk)
                    echoes.Enqueue((detector + 1) % detectors,
                        time + Math.Max(0, Grain.From(_options.CrosstalkDelay + _random.Normal() * _options.CrosstalkWidth)));
            }

            var recorded = time + delay[detector];
            if (irf is not null) recorded += irf.Draw(_random);
            if (jitter[detector] > 0) recorded += (long)Math.Floor(_random.Normal() * jitter[detector] + 0.5);
            if (_options.JitterTailShare > 0 && _random.Uniform() < _options.JitterTailShare)
                recorded += Grain.Whole(_random.Exponential() * _options.JitterTail * Grain.PerSecond);
            sorter.Add(recorded, (short)_setup.Channels[detector], time - early);

            if ((++pacing & 0xFFFF) == 0)
            {
                stop.ThrowIfCancellationRequested();
                progress?.Report(time / Grain.PerSecond);
            }
        }

        sorter.Flush(long.MaxValue);
        output.Finish();
        return new RealisedRun(
            output.Photons, afterpulses, lost, output.Refused,
            [.. _dwells.Select(d => d.Switches)],
            [.. _dwells.Select(d => d.TimeIn.Select(t => t / Grain.PerSecond).ToArray())]);
    }

    static long[] Grains(double[] seconds) => [.. seconds.Select(Grain.From)];
}

/// <summary>What really happened in one run, as against what was to be expected.</summary>
/// <param name="Photons">Counts written for each detector.</param>
/// <param name="Afterpulses">Afterpulses set off on each detector, some of which fell after the end.</param>
/// <param name="LostToDeadTime">Photons each detector was blind for.</param>
/// <param name="LostToElectronics">Counts that the common dead time or the rule of one photon a pulse left out.</param>
/// <param name="Switches">Ended dwells of each emitter.</param>
/// <param name="TimeInState">Time each emitter spent in each state [s].</param>
public sealed record RealisedRun(
    IReadOnlyList<long> Photons, IReadOnlyList<long> Afterpulses, IReadOnlyList<long> LostToDeadTime, long LostToElectronics,
    IReadOnlyList<long> Switches, IReadOnlyList<IReadOnlyList<double>> TimeInState);

/// <summary>Puts events that come nearly in order into order, holding only those that may still be overtaken.</summary>
sealed class SortedWindow(BatchedOutput output)
{
    long[] _time = new long[1024];
    short[] _channel = new short[1024];
    int _first, _end;

    /// <param name="settled">No later call brings an event before this time.</param>
    public void Add(long time, short channel, long settled)
    {
        if (_end == _time.Length) MakeRoom();
        var i = _end++;
        for (; i > _first && _time[i - 1] > time; i--)
        {
            _time[i] = _time[i - 1];
            _channel[i] = _channel[i - 1];
        }

        _time[i] = time;
        _channel[i] = channel;
        Flush(settled);
    }

    public void Flush(long settled)
    {
        while (_first < _end && _time[_first] <= settled)
        {
            output.Add(_time[_first], _channel[_first]);
            _first++;
        }

        if (_first == _end) _first = _end = 0;
    }

    void MakeRoom()
    {
        var held = _end - _first;
        if (held > _time.Length / 2)
        {
            Array.Resize(ref _time, 2 * _time.Length);
            Array.Resize(ref _channel, _time.Length);
        }

        Array.Copy(_time, _first, _time, 0, held);
        Array.Copy(_channel, _first, _channel, 0, held);
        (_first, _end) = (0, held);
    }
}

/// <summary>Turns grains into the ticks and micro times of the file, slips markers and sync events in, and makes batches.</summary>
sealed class BatchedOutput
{
    readonly IPhotonConsumer _consumer;
    readonly SimulationSetup _setup;
    readonly long _runEnd, _dead;
    readonly bool _onePerSync;
    readonly long[] _time = new long[4096];
    readonly short[] _channel = new short[4096];
    readonly int[] _dtime;
    readonly long[] _counts = new long[Channels.MarkerBase];
    long _nextMarker, _nextSync;
    long _blindUntil = long.MinValue, _lastSync = long.MinValue;
    int _count;

    /// <param name="dead">Time after each count in which nothing is taken from any detector.</param>
    public BatchedOutput(IPhotonConsumer consumer, SimulationSetup setup, long end, long dead, bool onePerSync)
    {
        (_consumer, _setup, _runEnd, _dead, _onePerSync) = (consumer, setup, end, dead, onePerSync);
        _dtime = setup.Type.IsT3 ? new int[_time.Length] : [];
        _nextMarker = setup.MarkerPeriod > 0 ? setup.MarkerPeriod : long.MaxValue;
        _nextSync = setup.SyncEventPeriod > 0 ? 0 : long.MaxValue;
    }

    /// <summary>Counts of each detector.</summary>
    public long[] Photons => [.. _setup.Channels.Select(c => _counts[c])];

    /// <summary>Counts that the electronics left out.</summary>
    public long Refused { get; private set; }

    /// <summary>Takes a count; the jitter may have carried it out of the measurement.</summary>
    public void Add(long time, short channel)
    {
        if (time < 0 || time >= _runEnd) return;
        if (time < _blindUntil || (_onePerSync && time / _setup.Period == _lastSync))
        {
            Refused++;
            return;
        }

        if (_dead > 0) _blindUntil = time + _dead;
        if (_onePerSync) _lastSync = time / _setup.Period;
        Periodic(time);
        _counts[channel]++;
        Put(time, channel);
    }

    public void Finish()
    {
        Periodic(_runEnd - 1);
        if (_count > 0) Send();
    }

    void Periodic(long until)
    {
        while (Math.Min(_nextMarker, _nextSync) is var next && next <= until)
        {
            if (_nextSync == next)
            {
                _nextSync += _setup.SyncEventPeriod;
                Put(next, Channels.Sync);
            }
            else
            {
                _nextMarker += _setup.MarkerPeriod;
                Put(next, (short)(Channels.MarkerBase + _setup.MarkerBits));
            }
        }
    }

    void Put(long time, short channel)
    {
        if (_setup.Type.IsT3)
        {
            var (sync, rest) = Math.DivRem(time, _setup.Period);
            _time[_count] = sync;
            _dtime[_count] = Channels.IsPhoton(channel) ? (int)(rest / _setup.ChannelWidth) : 0;
        }
        else _time[_count] = time / _setup.Tick;

        _channel[_count] = channel;
        if (++_count == _time.Length) Send();
    }

    void Send()
    {
        _consumer.Add(new PhotonBatch(_time.AsSpan(0, _count), _channel.AsSpan(0, _count), _dtime.AsSpan(0, _dtime.Length == 0 ? 0 : _count)));
        _count = 0;
    }
}

/// <summary>Draws delays from a measured instrument response.</summary>
sealed class MeasuredResponse
{
    readonly double[] _upTo;
    readonly double _bin;

    /// <param name="counts">Counts of each bin.</param>
    /// <param name="bin">Width of a bin [grains].</param>
    public MeasuredResponse(double[] counts, double bin)
    {
        _bin = bin;
        _upTo = new double[counts.Length];
        var sum = 0.0;
        for (var i = 0; i < counts.Length; i++) _upTo[i] = sum += counts[i];
    }

    /// <summary>A delay, even within its bin [grains].</summary>
    public long Draw(SeededRandom random)
    {
        var at = Array.BinarySearch(_upTo, random.Uniform() * _upTo[^1]);
        // On an upper edge the next bin that holds counts begins.
        at = at < 0 ? ~at : at + 1;
        while (at < _upTo.Length - 1 && at > 0 && _upTo[at] == _upTo[at - 1]) at++;
        return (long)((at + random.Uniform()) * _bin);
    }
}
