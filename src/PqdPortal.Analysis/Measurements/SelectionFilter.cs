using System.Globalization;

namespace PqdPortal.Analysis.Measurements;

/// <summary>Hands on the events of a selection, their time counted from its beginning.</summary>
/// <remarks>
/// Channels and micro times pick among photons; sync events and markers of the selected time are handed on. Events stay in
/// file order. With a gate, what counts as open follows the markers in file order; an event between them whose own tick lies
/// before the opening belongs to the shut time.
/// </remarks>
sealed class SelectionFilter : IPartedConsumer
{
    readonly IPhotonConsumer _to;
    readonly PhotonStream _stream;
    readonly AcquisitionTime _whole;
    readonly bool[]? _channels;
    readonly bool _dtimes;
    readonly int _dtimeFrom, _dtimeTo;
    readonly int _opens, _shuts; // marker bits; 0 without a gate

    // Stretches of time that stay, where there are such, and how much is cut out before each; the one of the event before.
    readonly (long From, long To, long Cut)[]? _stretches;
    int _stretch;

    // The gate, where there is one: since when it stands as it does, and how long it was shut before.
    bool _open;
    long _since, _shut;

    long[] _time = [];
    short[] _channel = [];
    int[] _dtime = [];

    SelectionFilter(PhotonStream stream, Selection selection, IPhotonConsumer to, AcquisitionTime whole)
    {
        (_stream, _to, _whole) = (stream, to, whole);
        var tick = stream.Tick ?? 1;
        From = selection.From is { } from ? Ticks(from / tick) : 0;
        To = selection.To is { } end ? Ticks(end / tick) : long.MaxValue;
        if (selection.Channels is { } channels)
        {
            _channels = new bool[Channels.MarkerBase];
            foreach (var channel in channels) _channels[channel] = true;
        }
        if (selection.DtimeFrom is not null || selection.DtimeTo is not null)
        {
            _dtimes = true;
            var width = stream.ChannelWidth!.Value;
            _dtimeFrom = Step(selection.DtimeFrom ?? 0, width);
            _dtimeTo = selection.DtimeTo is { } late ? Step(late, width) : int.MaxValue;
        }
        if (selection.Markers is { } markers)
            (_opens, _shuts) = (markers[0], markers.Count > 1 ? markers[1] : 0);
        if (selection.Stretches is { } stretches) _stretches = Cut(stretches);
        _open = _opens == 0;
        _since = From;
    }

    SelectionFilter(SelectionFilter same, IPhotonConsumer to)
    {
        _stretches = same._stretches;
        (_stream, _to, _whole, From, To) = (same._stream, to, same._whole, same.From, same.To);
        (_channels, _dtimes, _dtimeFrom, _dtimeTo) = (same._channels, same._dtimes, same._dtimeFrom, same._dtimeTo);
        (_open, _since) = (true, same.From);
    }

    /// <summary>First tick of the selection, and the first behind it.</summary>
    public long From { get; }

    /// <inheritdoc cref="From"/>
    public long To { get; }

    /// <summary>A filter for one pass; null where the selection takes nothing away.</summary>
    /// <exception cref="RequestException">The selection contradicts itself, or asks for micro times where there are none.</exception>
    /// <exception cref="InsufficientDataException">The stream has no unit of time, or ends before the selection begins.</exception>
    public static SelectionFilter? Of(PhotonStream stream, Selection? selection, IPhotonConsumer to, CancellationToken stop)
    {
        if (selection is null or { IsEverything: true }) return null;
        selection.Check();
        if ((selection.From ?? selection.To) is not null && stream.Tick is null)
            throw new InsufficientDataException("The file does not say how long a tick of its clock is, so a time range in seconds cannot be selected.");
        if ((selection.DtimeFrom ?? selection.DtimeTo) is not null && stream is not { HasDtime: true, ChannelWidth: not null })
            throw new RequestException(stream.HasDtime
                ? "The selection gates on micro times, whose unit the file does not say."
                : "The selection gates on micro times, and this file has none.");
        var whole = stream.WholeTime(stop);
        if (selection.From is { } from && whole.Seconds <= from)
            throw new InsufficientDataException(string.Create(CultureInfo.InvariantCulture,
                $"The selection begins at {from:G6} s, and the measurement ends at {whole.Seconds:G6} s."));
        return new(stream, selection, to, whole);
    }

    /// <summary>How long the selection lasts where that is known before the pass [s].</summary>
    public double? Seconds => _opens != 0 || _whole.Seconds is null ? null : (End - From - CutBefore(End)) * _stream.Tick;

    /// <summary>What of each stretch lies in the time range, with what is cut out before it.</summary>
    (long From, long To, long Cut)[] Cut(IReadOnlyList<(long From, long To)> stretches)
    {
        var kept = new List<(long, long, long)>();
        long reached = From, cut = 0;
        foreach (var (from, to) in stretches)
        {
            var (begin, end) = (Math.Max(from, reached), Math.Min(to, To));
            if (begin >= end) continue;
            cut += begin - reached;
            kept.Add((begin, end, cut));
            reached = end;
        }
        return [.. kept];
    }

    /// <summary>How much stretches leave out between the beginning of the time range and a time [ticks].</summary>
    long CutBefore(long t)
    {
        if (_stretches is null) return 0;
        long kept = 0;
        foreach (var (from, to, _) in _stretches) kept += Math.Max(0, Math.Min(to, t) - from);
        return Math.Max(0, t - From) - kept;
    }

    /// <summary>The stretch that a time lies in; -1 where it was cut out.</summary>
    int StretchOf(long t)
    {
        int low = 0, high = _stretches!.Length - 1;
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (_stretches[middle].From <= t) low = middle;
            else high = middle - 1;
        }
        return low <= high && t >= _stretches[low].From && t < _stretches[low].To ? low : -1;
    }

    /// <summary>Where the selected time ends [ticks].</summary>
    long End => Math.Min(To, _whole.Seconds is { } seconds ? Ticks(seconds / (_stream.Tick ?? 1)) : long.MaxValue);

    static long Ticks(double ticks) => ticks >= long.MaxValue ? long.MaxValue : (long)Math.Round(ticks);

    /// <summary>The first raw micro time at or behind a time.</summary>
    static int Step(double seconds, double width) => (int)Math.Min(int.MaxValue, Math.Ceiling(seconds / width - 1e-9));

    public void Add(in PhotonBatch batch)
    {
        if (_time.Length < batch.Count)
        {
            _time = new long[batch.Count];
            _channel = new short[batch.Count];
            _dtime = new int[batch.Count];
        }

        var dtime = batch.Dtime;
        var n = 0;
        for (var i = 0; i < batch.Count; i++)
        {
            var (t, channel) = (batch.Time[i], batch.Channel[i]);
            if (t < From || t >= To) continue;
            if (_opens != 0 && Channels.IsMarker(channel)) Turn(channel - Channels.MarkerBase, t);
            if (!_open || t < _since) continue;
            var cut = _shut;
            if (_stretches is not null)
            {
                if (_stretch >= _stretches.Length || t < _stretches[_stretch].From || t >= _stretches[_stretch].To)
                {
                    if (StretchOf(t) is not (>= 0 and var found)) continue;
                    _stretch = found;
                }
                cut = _stretches[_stretch].Cut;
            }
            if (Channels.IsPhoton(channel))
            {
                if (_channels is not null && !_channels[channel]) continue;
                if (_dtimes && (dtime[i] < _dtimeFrom || dtime[i] >= _dtimeTo)) continue;
            }

            _time[n] = t - From - cut;
            _channel[n] = channel;
            if (!dtime.IsEmpty) _dtime[n] = dtime[i];
            n++;
        }

        if (n > 0) _to.Add(new(_time.AsSpan(0, n), _channel.AsSpan(0, n), dtime.IsEmpty ? [] : _dtime.AsSpan(0, n)));
    }

    void Turn(int bits, long t)
    {
        if (!_open && (bits & _opens) != 0)
        {
            var at = Math.Max(t, _since);
            _shut += at - _since;
            (_open, _since) = (true, at);
        }
        else if (_open && (bits & _shuts) != 0)
        {
            (_open, _since) = (false, Math.Max(t, _since));
        }
    }

    /// <summary>The report of the pass in the selection's own time, with the selection's duration.</summary>
    public PassReport Report(PassReport pass)
    {
        var shut = _shut + (_open ? 0 : Math.Max(0, End - _since));
        var last = Math.Min(pass.LastOverflowTick, To);
        var cut = CutBefore(End);
        return pass with
        {
            LastOverflowTick = Math.Max(0, last - From - shut - CutBefore(last)),
            Time = _whole.Seconds is null || From == 0 && shut == 0 && cut == 0 && End < To ? _whole : _whole with { Seconds = Math.Max(0, End - From - shut - cut) * _stream.Tick },
        };
    }

    /// <summary>A gate goes on from event to event, so it takes them in one go.</summary>
    public IPartedConsumer? Fork() => _opens == 0 && (_to as IPartedConsumer)?.Fork() is { } to ? new SelectionFilter(this, to) : null;

    public bool CanJoin(IReadOnlyList<IPartedConsumer> parts) => ((IPartedConsumer)_to).CanJoin(Receivers(parts));

    public void Join(IReadOnlyList<IPartedConsumer> parts) => ((IPartedConsumer)_to).Join(Receivers(parts));

    static IPartedConsumer[] Receivers(IReadOnlyList<IPartedConsumer> parts) => [.. parts.Select(part => (IPartedConsumer)((SelectionFilter)part)._to)];
}
