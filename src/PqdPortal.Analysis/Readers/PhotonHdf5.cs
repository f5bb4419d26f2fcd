using System.Buffers;
using System.Globalization;
using System.Text.Json.Nodes;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>Photon-HDF5: timestamps, detectors and nanotimes as datasets of an HDF5 file.</summary>
/// <remarks>
/// After the Photon-HDF5 reference documentation, versions 0.4 and 0.5; see docs/formats/photon-hdf5.md. Tried with files of the
/// portal's own writer, of h5py, and one that only calls itself Photon-HDF5: no unit, no duration, texts in Latin-1, memory that
/// was never filled in. Such a file is read as far as it goes, and what it breaks is told.
/// </remarks>
static class PhotonHdf5
{
    public const string Name = "Photon-HDF5";

    /// <summary>Timestamps that unpack to more than this times the file are no measurement.</summary>
    const int LargestRatio = 200;

    /// <summary>Where the portal's own writer keeps what the format has no field for.</summary>
    public const string OwnGroup = "user/pqdportal";

    /// <returns>Null where the file is something else.</returns>
    /// <exception cref="MeasurementFormatException">It calls itself Photon-HDF5 and holds no timestamps that can be read.</exception>
    public static PhotonStream? Open(Hdf5File file, Hdf5Object root, ReadingChoices choices)
    {
        var told = root.Attribute("format_name")?.FirstText;
        var identity = root.Text("identity/format_name");
        var spots = root.Links.Select(link => link.Name).Where(IsSpot).OrderBy(name => name.Length).ThenBy(name => name, StringComparer.Ordinal).ToList();
        var named = told == Name || identity == Name;
        if (!named && !spots.Any(spot => root.At(spot + "/timestamps")?.Dataset is not null)) return null;

        var findings = new FindingList();
        JsonObject header = Hdf5Header.Of(file, root);
        var refusal = (string message) => new MeasurementFormatException(message, file.Start) { Format = Name, Header = header };
        if (spots.Count == 0)
            throw refusal($"The file calls itself {Name} and has no group photon_data; its root holds {string.Join(", ", root.Links.Select(link => link.Name).Take(12))}. Write it anew from the instrument's own file.");
        if (choices.Layout is { } wanted && !spots.Contains(wanted))
            throw refusal($"The file has no group {wanted}. It has {string.Join(", ", spots)}; choose one of them.");
        var spot = choices.Layout ?? spots.FirstOrDefault(name => root.At(name + "/timestamps")?.Dataset is { Count: > 0 }) ?? spots[0];
        if (spots.Count > 1)
            findings.Add(Severity.Warning, "SPOT_CHOSEN", $"The file holds {spots.Count} spots, each with its own photons: {string.Join(", ", spots.Take(12))}. {spot} was read; another is read by naming it as the layout.");

        var group = root.Child(spot);
        if (group?.Child("timestamps")?.Dataset is not { } timestamps) throw refusal($"The group {spot} has no timestamps, without which there is no photon.");
        var detectors = group.Child("detectors")?.Dataset;
        var nanotimes = group.Child("nanotimes")?.Dataset;
        foreach (var (name, data) in new[] { ("timestamps", timestamps), ("detectors", detectors), ("nanotimes", nanotimes) })
        {
            if (data is null) continue;
            if (data.Unreadable is { } why) throw refusal($"{spot}/{name} cannot be read: {why}.");
            if (!data.Type.IsWhole || data.Shape.Count != 1)
                throw refusal($"{spot}/{name} is {data.Text}; one row of whole numbers was expected. Write the file anew with whole numbers and their unit.");
        }

        var (available, declared) = Available(file, timestamps, detectors, nanotimes, findings);
        Check(root, group, spot, spots, told, identity, findings);
        var unit = Step(group.Real("timestamps_specs/timestamps_unit"));
        if (unit is null)
            findings.Add(Severity.Warning, "RESOLUTION_UNKNOWN",
                $"The file gives no usable unit of its timestamps ({spot}/timestamps_specs/timestamps_unit). Times are known in ticks only; nothing in seconds can be said until the unit is given.");
        var width = nanotimes is null ? null : Step(group.Real("nanotimes_specs/tcspc_unit"));
        if (nanotimes is not null && width is null)
            findings.Add(Severity.Warning, "RESOLUTION_UNKNOWN", $"The file gives no usable unit of its nanotimes ({spot}/nanotimes_specs/tcspc_unit). Decays are known in channels only.");
        var duration = root.Real("acquisition_duration") ?? root.Real("acquisition_time");
        var own = root.At(OwnGroup);
        // The portal's own writer gives the duration that the format asks for, and says where it took it from only the events.
        if (duration is <= 0 or > 3.2e9 || own?.Text("duration_source") == "records") duration = null;
        var mode = own?.Text("mode") is "T2" or "T3" ? own.Text("mode") : null;
        var first = timestamps.Count > 0 && available > 0 ? First(timestamps) : 0;
        var version = told is null ? root.Text("identity/format_version") : root.Attribute("format_version")?.FirstText;
        return new Stream(timestamps, detectors, nanotimes, Codes(group, own, findings))
        {
            // A clock that counts from 1970 or from the start of the computer, not from that of the measurement.
            Origin = first >= 1L << 50 ? first : 0,
            Format = Name,
            RecordType = version is { Length: > 0 and < 20 } ? $"{Name} {version}" : Name,
            Mode = mode,
            Header = header,
            Tick = unit,
            SyncPeriod = mode == "T3" ? unit : Step(own?.Real("sync_period")),
            ChannelWidth = width,
            HasDtime = nanotimes is not null,
            HeaderDuration = duration,
            MeasuredAt = Date(own?.Text("measured_at")) ?? Date(root.Text("provenance/creation_time")),
            DeclaresRecords = false,
            DeclaredRecords = declared,
            AvailableRecords = available,
            Findings = findings.ToList(),
        };
    }

    static bool IsSpot(string name) => name.StartsWith("photon_data") && name.AsSpan(11).IndexOfAnyExceptInRange('0', '9') < 0;

    static long First(Hdf5Dataset timestamps)
    {
        var bytes = new byte[timestamps.Type.Size];
        timestamps.Reader().Read([0], [1], bytes);
        Span<long> first = stackalloc long[1];
        timestamps.Type.Whole(bytes, first);
        return first[0];
    }

    /// <summary>A step of a clock as instruments have them: from a thousandth of a picosecond to a second.</summary>
    static double? Step(double? seconds) => seconds is >= 1e-15 and <= 1 ? seconds : null;

    /// <summary>"2016-09-05 16:12:20", without a zone.</summary>
    static DateTime? Date(string? text) =>
        DateTime.TryParseExact(text, ["yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd HH:mm:ss.fff", "yyyy-MM-dd'T'HH:mm:ss.fffffff"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) ? date : null;

    /// <summary>How many events are whole in the file: of what is declared, what was stored.</summary>
    static (long Available, long Declared) Available(Hdf5File file, Hdf5Dataset timestamps, Hdf5Dataset? detectors, Hdf5Dataset? nanotimes, FindingList findings)
    {
        var declared = timestamps.Count;
        var count = declared;
        foreach (var (name, data) in new[] { ("detectors", detectors), ("nanotimes", nanotimes) })
        {
            if (data is null || data.Count == declared) continue;
            findings.Add(Severity.Warning, "RECORDS_MISSING", $"The file holds {declared:N0} timestamps and {data.Count:N0} {name}; the first {Math.Min(count, data.Count):N0} were read.");
            count = Math.Min(count, data.Count);
        }
        foreach (var (name, data) in new[] { ("timestamps", timestamps), ("detectors", detectors), ("nanotimes", nanotimes) })
        {
            if (data is null || count == 0) continue;
            var reader = data.Reader();
            if (reader.Has(count - 1)) continue;
            var (low, high) = (0L, count);
            while (low < high)
            {
                var middle = low + (high - low) / 2;
                if (reader.Has(middle)) low = middle + 1;
                else high = middle;
            }
            findings.Add(Severity.Warning, "RECORDS_MISSING", $"The file declares {count:N0} {name} and holds {low:N0}; those were read. The measurement may still have been running when the file was copied.");
            count = low;
        }
        var most = Math.Max(64L << 20, file.Source.Length > long.MaxValue / LargestRatio ? long.MaxValue : file.Source.Length * LargestRatio) / timestamps.Type.Size;
        if (count > most)
        {
            findings.Add(Severity.Error, "COMPRESSION_RATIO",
                $"The timestamps unpack to {(double)count * timestamps.Type.Size / Math.Max(1, file.Source.Length):N0} times the file; no measurement is packed so well. The first {most:N0} of {count:N0} were read.");
            count = most;
        }
        return (count, declared);
    }

    /// <summary>Names what the file breaks of the format's own rules.</summary>
    static void Check(Hdf5Object root, Hdf5Object group, string spot, List<string> spots, string? told, string? identity, FindingList findings)
    {
        var broken = new List<string>();
        if (told != Name) broken.Add(identity == Name ? "the root has no attribute format_name (only identity/format_name says Photon-HDF5)" : "nothing in the file says Photon-HDF5");
        if (root.Child("acquisition_duration") is null && root.Child("acquisition_time") is null) broken.Add("no acquisition_duration");
        if (root.Child("description")?.Dataset is null) broken.Add("no description");
        if (group.At("timestamps_specs/timestamps_unit") is null) broken.Add($"no {spot}/timestamps_specs/timestamps_unit");
        if (spots is [not "photon_data"]) broken.Add($"the photons lie in {spot}, the name of one spot of several, and there is one spot");
        if (group.Child("nanotimes") is not null && group.At("nanotimes_specs/tcspc_unit") is null) broken.Add($"nanotimes without {spot}/nanotimes_specs/tcspc_unit");
        if (root.Child("setup") is { } setup)
        {
            foreach (var field in (string[])["lifetime", "modulated_excitation"])
                if (setup.Real(field) is { } flag && flag is not (0 or 1)) broken.Add($"setup/{field} is {FoundText.Number(flag)}, neither 0 nor 1");
            if (setup.Real("lifetime") is 0 or 1 && setup.Real("lifetime") == 1 != group.Child("nanotimes") is not null)
                broken.Add($"setup/lifetime is {setup.Real("lifetime")}, and there are {(group.Child("nanotimes") is null ? "no " : "")}nanotimes");
        }
        if (broken.Count > 0)
            findings.Add(Severity.Info, "SPECIFICATION_BROKEN", $"The file does not keep to Photon-HDF5: {string.Join("; ", broken)}. The photons were read as they stand.");
    }

    /// <summary>What a detector number means: markers and the laser's own events are kept among the detectors.</summary>
    static Dictionary<long, short> Codes(Hdf5Object group, Hdf5Object? own, FindingList findings)
    {
        var codes = new Dictionary<long, short>();
        foreach (var link in group.At("measurement_specs/detectors_specs")?.Links ?? [])
        {
            if (!link.Name.StartsWith("markers") || !int.TryParse(link.Name.AsSpan(7), NumberStyles.None, CultureInfo.InvariantCulture, out var kind) || kind is < 1 or > 255) continue;
            foreach (var id in group.At("measurement_specs/detectors_specs/" + link.Name)?.Dataset?.Small()?.Whole() ?? [])
                codes[id] = (short)(Channels.MarkerBase + kind);
        }
        if (own?.Real("sync_detector") is { } sync) codes[(long)sync] = Channels.Sync;
        if (codes.Count > 0)
            findings.Add(Severity.Info, "MARKERS_AMONG_DETECTORS", $"Of the detector numbers, {string.Join(", ", codes.Select(code => $"{code.Key} is {(code.Value == Channels.Sync ? "the sync" : "marker " + (code.Value - Channels.MarkerBase))}"))}.");
        return codes;
    }

    /// <param name="codes">Channels of the detector numbers that are no photon's.</param>
    sealed class Stream(Hdf5Dataset timestamps, Hdf5Dataset? detectors, Hdf5Dataset? nanotimes, Dictionary<long, short> codes) : PhotonStream
    {
        /// <summary>Events read at a time.</summary>
        const int Block = 1 << 16;

        /// <summary>Milliseconds between two words of progress.</summary>
        const long WordEvery = 200;

        public override PassReport Read(IPhotonConsumer consumer, IProgress<long>? progress = null, CancellationToken stop = default)
        {
            var findings = new FindingList();
            var columns = new[] { timestamps, detectors, nanotimes }.Select(data => data is null ? null : new Column(data)).ToArray();
            var room = ArrayPool<byte>.Shared.Rent(8 * Block);
            var (time, values) = (ArrayPool<long>.Shared.Rent(Block), ArrayPool<long>.Shared.Rent(Block));
            var channel = ArrayPool<short>.Shared.Rent(Block);
            var dtime = ArrayPool<int>.Shared.Rent(Block);
            var (before, backward, undefined, firstUndefined) = (long.MinValue, 0L, 0L, -1L);
            (long Record, long Step) first = (-1, 0);
            long read = 0, largest = 0;
            var nextWord = Environment.TickCount64 + WordEvery;
            try
            {
                while (read < AvailableRecords)
                {
                    stop.ThrowIfCancellationRequested();
                    var count = (int)Math.Min(Block, AvailableRecords - read);
                    columns[0]!.Read(read, room, time.AsSpan(0, count));
                    for (var i = 0; i < count; i++) time[i] -= Origin;
                    if (columns[2] is { } late)
                    {
                        late.Read(read, room, values.AsSpan(0, count));
                        for (var i = 0; i < count; i++) dtime[i] = (int)Math.Clamp(values[i], int.MinValue, int.MaxValue);
                    }
                    if (columns[1] is { } which) which.Read(read, room, values.AsSpan(0, count));
                    else values.AsSpan(0, count).Clear();
                    if (columns.Sum(column => column?.Missing ?? 0) > 0)
                    {
                        findings.Add(Severity.Error, "RECORDS_MISSING", $"A part of the numbers from event {read:N0} on was never stored; reading stopped there.", null, read);
                        break;
                    }

                    var kept = 0;
                    for (var i = 0; i < count; i++)
                    {
                        if (!codes.TryGetValue(values[i], out var code))
                        {
                            if (values[i] is < 0 or >= Channels.MarkerBase)
                            {
                                if (undefined++ == 0) firstUndefined = read + i;
                                continue;
                            }
                            code = (short)values[i];
                        }
                        (time[kept], channel[kept], dtime[kept]) = (time[i], code, nanotimes is null || Channels.IsMarker(code) ? 0 : dtime[i]);
                        kept++;
                    }
                    if (kept > 0)
                    {
                        var times = time.AsSpan(0, kept);
                        var steps = PicoQuantRecords.CountBackwardSteps(times, before);
                        for (var i = 0; steps > 0 && i < kept; i++)
                        {
                            var from = i == 0 ? before : times[i - 1];
                            if (times[i] >= from) continue;
                            if (first.Record < 0) first = (read + i, from - times[i]);
                            largest = Math.Max(largest, from - times[i]);
                        }
                        backward += steps;
                        before = times[^1];
                        consumer.Add(new PhotonBatch(times, channel.AsSpan(0, kept), dtime.AsSpan(0, nanotimes is null ? 0 : kept)));
                    }
                    read += count;
                    if (progress is not null && Environment.TickCount64 >= nextWord)
                    {
                        progress.Report(read);
                        nextWord = Environment.TickCount64 + WordEvery;
                    }
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(room);
                ArrayPool<long>.Shared.Return(time);
                ArrayPool<long>.Shared.Return(values);
                ArrayPool<short>.Shared.Return(channel);
                ArrayPool<int>.Shared.Return(dtime);
            }
            progress?.Report(read);
            if (undefined > 0)
                findings.Add(Severity.Warning, "UNDEFINED_RECORDS", $"{undefined:N0} events name a detector below 0 or of {Channels.MarkerBase} and more that is no marker, the first of them event {firstUndefined:N0}; they were skipped.", null, firstUndefined);
            if (backward > 0)
                findings.Add(Severity.Warning, "BACKWARD_STEPS", $"Time runs backwards {backward:N0} times, first at event {first.Record:N0} by {first.Step:N0} ticks, farthest by {largest:N0} ticks. The order of the file was kept.", null, first.Record);
            return new PassReport(read, 0, 0, before == long.MinValue ? 0 : before, findings.ToList()) { BackwardSteps = backward, UndefinedRecords = undefined };
        }

        /// <summary>One dataset, read from front to back.</summary>
        sealed class Column(Hdf5Dataset data)
        {
            readonly Hdf5Reader _reader = data.Reader();

            public long Missing => _reader.Missing;

            public void Read(long from, Span<byte> room, Span<long> into)
            {
                var bytes = room[..(into.Length * data.Type.Size)];
                _reader.Read([from], [into.Length], bytes);
                data.Type.Whole(bytes, into);
            }
        }
    }
}
