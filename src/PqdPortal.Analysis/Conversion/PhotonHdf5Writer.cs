using System.Globalization;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Conversion;

/// <summary>Writes a photon stream as Photon-HDF5 0.5.</summary>
/// <remarks>
/// After the Photon-HDF5 reference documentation; see docs/formats/photon-hdf5.md. Ticks, channels and micro times stay the
/// integers they are. Markers are kept among the detectors under their channel (100 + marker bits) and named in
/// detectors_specs/markersN, N the marker bits, as version 0.5 has it; sync events under <see cref="SyncDetector"/>. What the
/// format has no field for lies in /user/pqdportal, which other programs leave alone. A unit that is not known is left out.
/// </remarks>
static class PhotonHdf5Writer
{
    /// <summary>Detector number of the laser's own events: the highest that fits in a byte, where no marker is.</summary>
    const byte SyncDetector = 255;

    /// <param name="path">A file that does not exist yet.</param>
    /// <exception cref="MissingLibraryException">The HDF5 library is not there.</exception>
    /// <exception cref="RequestException">The stream holds what the format cannot.</exception>
    public static void Write(PhotonStream stream, StreamFacts facts, string path, ConversionNote note, IProgress<long>? progress, CancellationToken stop)
    {
        if (facts.Markers.FirstOrDefault(marker => marker >= SyncDetector) is not 0 and var beyond)
            throw new RequestException($"The stream holds the marker {beyond - Channels.MarkerBase}; markers up to {SyncDetector - Channels.MarkerBase - 1} can be written as Photon-HDF5.");
        using var file = Hdf5Writer.Create(path);
        file.Attribute(file.Root, "TITLE", "Photons with their arrival times.");
        file.Attribute(file.Root, "format_name", "Photon-HDF5");
        file.Attribute(file.Root, "format_version", "0.5");
        if (facts.Duration.Seconds is { } duration) file.Write(file.Root, "acquisition_duration", duration, "How long was measured, in seconds.");
        file.Write(file.Root, "description", $"Converted from {note.SourceName} ({stream.Format}, {stream.RecordType}).", "What the file is.");

        WritePhotons(stream, facts, file, progress, stop);
        WriteSetup(stream, facts, file);
        WriteOrigin(stream, facts, file, note);
        file.Finish();
    }

    static void WritePhotons(PhotonStream stream, StreamFacts facts, Hdf5Writer file, IProgress<long>? progress, CancellationToken stop)
    {
        var group = file.Group(file.Root, "photon_data", "The photons, one element each.");
        var sink = new Sink(
            file.Column(group, "timestamps", Hdf5Library.I8, "Arrival of each event, in the unit of timestamps_specs."),
            file.Column(group, "detectors", Hdf5Library.U1, "Number of the detector of each event; some numbers are markers, see detectors_specs."),
            !stream.HasDtime ? null : file.Column(group, "nanotimes", facts.LargestDtime <= ushort.MaxValue ? Hdf5Library.U2 : Hdf5Library.U4,
                "Time of each photon after its laser pulse, in the unit of nanotimes_specs."));
        if (facts.SmallestDtime < 0) throw new RequestException("The stream holds negative micro times, which Photon-HDF5 cannot.");
        stream.Read(new OriginalTicks(stream.Origin, sink), progress, stop);
        sink.Send();

        var times = file.Group(group, "timestamps_specs", "Unit of the timestamps.");
        if (stream.Tick is { } tick) file.Write(times, "timestamps_unit", tick, "One step of the timestamps, in seconds.");
        if (stream.HasDtime)
        {
            var nano = file.Group(group, "nanotimes_specs", "Unit of the nanotimes.");
            var bins = (long)facts.LargestDtime + 1;
            if (stream.ChannelWidth is { } width)
            {
                if (stream.SyncPeriod is { } period) bins = Math.Max(bins, (long)Math.Ceiling(period / width));
                file.Write(nano, "tcspc_unit", width, "One step of the nanotimes, in seconds.");
                file.Write(nano, "tcspc_range", width * bins, "The longest nanotime, in seconds.");
            }
            file.Write(nano, "tcspc_num_bins", bins, "Steps of the nanotimes.");
        }

        var specs = file.Group(group, "measurement_specs", "What was measured.");
        file.Write(specs, "measurement_type", "generic", "Kind of the measurement.");
        if (stream.SyncPeriod is { } pulse) file.Write(specs, "laser_repetition_rate", 1 / pulse, "Pulses of the laser each second, in Hertz.");
        var detectors = file.Group(specs, "detectors_specs", "What the detector numbers mean.");
        if (facts.Photons.Count > 1)
            foreach (var (number, channel) in facts.Photons.Index())
                file.Write(detectors, $"split_ch{number + 1}", [(byte)channel], "A detector behind the beam splitter.");
        foreach (var marker in facts.Markers)
            file.Write(detectors, $"markers{marker - Channels.MarkerBase}", [(byte)marker], $"Marker with the bits {marker - Channels.MarkerBase}.");
    }

    static void WriteSetup(PhotonStream stream, StreamFacts facts, Hdf5Writer file)
    {
        // What the beam path was, no instrument file says: several detectors are taken for those behind a beam splitter.
        var setup = file.Group(file.Root, "setup", "The instrument.");
        var photons = Math.Max(1, facts.Photons.Count);
        file.Write(setup, "num_pixels", photons, "Detectors.");
        file.Write(setup, "num_spots", 1L, "Spots in the sample.");
        file.Write(setup, "num_spectral_ch", 1L, "Bands of wavelength.");
        file.Write(setup, "num_polarization_ch", 1L, "Directions of polarisation.");
        file.Write(setup, "num_split_ch", photons, "Detectors behind a beam splitter.");
        file.Write(setup, "modulated_excitation", false, "Whether the excitation alternates.");
        file.Write(setup, "excitation_alternated", [0], "Whether each source alternates.");
        file.Write(setup, "excitation_cw", [stream.HasDtime ? (byte)0 : (byte)1], "Whether each source is continuous.");
        file.Write(setup, "lifetime", stream.HasDtime, "Whether there are nanotimes.");
        var detectors = file.Group(setup, "detectors", "The detectors, one element each.");
        file.Write(detectors, "id", [.. facts.Events.Select(e => CodeOf(e.Channel)).Order()], "Number of each detector, as among the photons.");
    }

    static void WriteOrigin(PhotonStream stream, StreamFacts facts, Hdf5Writer file, ConversionNote note)
    {
        var identity = file.Group(file.Root, "identity", "This file.");
        file.Write(identity, "format_name", "Photon-HDF5", "Name of the format.");
        file.Write(identity, "format_version", "0.5", "Version of the format.");
        file.Write(identity, "format_url", "http://photon-hdf5.org/", "Where the format is described.");
        file.Write(identity, "filename", note.Name, "Name of this file when it was written.");
        file.Write(identity, "creation_time", Text(note.Created), "When this file was written, in UTC.");
        file.Write(identity, "software", note.Software.Split(' ')[0], "Program that wrote this file.");
        file.Write(identity, "software_version", note.Software.Contains(' ') ? note.Software[(note.Software.IndexOf(' ') + 1)..] : "", "Its version.");

        var provenance = file.Group(file.Root, "provenance", "The file this one was converted from.");
        file.Write(provenance, "filename", note.SourceName, "Its name.");
        if (stream.MeasuredAt is { } measured) file.Write(provenance, "creation_time", Text(measured), "When it was measured, in local time.");

        var own = file.Group(file.Group(file.Root, "user", "What the format has no field for."), "pqdportal", "What PqdPortal reads back.");
        file.Write(own, "format", stream.Format, "Format of the original file.");
        file.Write(own, "record_type", stream.RecordType, "Layout of its records.");
        if (note.SourceSha256 is { } hash) file.Write(own, "sha256", hash, "Hash of the original file.");
        if (stream.Mode is { } mode) file.Write(own, "mode", mode, "T2: every time counts from the start. T3: timestamps count laser pulses.");
        if (stream.SyncPeriod is { } period) file.Write(own, "sync_period", period, "Time from one laser pulse to the next, in seconds.");
        if (facts.HasSync) file.Write(own, "sync_detector", (long)SyncDetector, "Detector number of the laser's own events, which are no photons.");
        if (facts.Duration.Source is { } source) file.Write(own, "duration_source", source, "Who says how long was measured: the header, or only the records.");
        if (stream.MeasuredAt is { } at) file.Write(own, "measured_at", at.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff", CultureInfo.InvariantCulture), "When it was measured, in local time.");
        file.Write(own, "header", stream.Header.ToJsonString(), "Header of the original file, as JSON.");
    }

    static byte CodeOf(short channel) => channel == Channels.Sync ? SyncDetector : (byte)channel;

    static string Text(DateTime time) => time.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>Gathers events until a block is worth writing.</summary>
    sealed class Sink(Hdf5Column times, Hdf5Column detectors, Hdf5Column? nanotimes) : IPhotonConsumer
    {
        const int Block = 1 << 16;

        readonly long[] _time = new long[Block];
        readonly byte[] _detector = new byte[Block];
        readonly uint[] _dtime = new uint[nanotimes is null ? 0 : Block];
        readonly ushort[] _short = new ushort[nanotimes is null ? 0 : Block];
        int _used;

        public void Add(in PhotonBatch batch)
        {
            for (var done = 0; done < batch.Count;)
            {
                var count = Math.Min(Block - _used, batch.Count - done);
                batch.Time.Slice(done, count).CopyTo(_time.AsSpan(_used));
                for (var i = 0; i < count; i++) _detector[_used + i] = CodeOf(batch.Channel[done + i]);
                if (nanotimes is not null)
                    for (var i = 0; i < count; i++) _dtime[_used + i] = (uint)batch.Dtime[done + i];
                done += count;
                if ((_used += count) == Block) Send();
            }
        }

        public void Send()
        {
            Hdf5Writer.Append<long>(times, _time.AsSpan(0, _used));
            Hdf5Writer.Append<byte>(detectors, _detector.AsSpan(0, _used));
            if (nanotimes?.Type == Hdf5Library.U4) Hdf5Writer.Append<uint>(nanotimes, _dtime.AsSpan(0, _used));
            else if (nanotimes is not null)
            {
                for (var i = 0; i < _used; i++) _short[i] = (ushort)_dtime[i];
                Hdf5Writer.Append<ushort>(nanotimes, _short.AsSpan(0, _used));
            }
            _used = 0;
        }
    }
}
