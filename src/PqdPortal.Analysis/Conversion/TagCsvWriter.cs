using System.Buffers.Text;
using System.Globalization;
using System.Text;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Conversion;

/// <summary>Writes a photon stream as text: one event a line, in whole ticks, behind a line that gives the units.</summary>
/// <remarks>See docs/formats/time-tag-tables.md. Integers only, so that nothing is rounded; what is not known is left out.</remarks>
sealed class TagCsvWriter(Stream output, bool hasDtime) : IPhotonConsumer
{
    readonly byte[] _room = new byte[1 << 16];
    int _used;

    public static void Write(PhotonStream stream, Stream output, IProgress<long>? progress, CancellationToken stop)
    {
        var head = new List<string>();
        void Say(string name, double? value)
        {
            if (value is { } known) head.Add($"{name}={known.ToString("R", CultureInfo.InvariantCulture)}");
        }
        Say("tick_s", stream.Tick);
        Say("dtime_s", stream.ChannelWidth);
        Say("sync_period_s", stream.SyncPeriod);
        if (stream.Mode is { } mode) head.Add("mode=" + mode);
        Say("duration_s", stream.HeaderDuration);
        output.Write(Encoding.UTF8.GetBytes($"# {string.Join(", ", head.Prepend("pqdportal time tags"))}\nchannel,tick{(stream.HasDtime ? ",dtime" : "")}\n"));
        var writer = new TagCsvWriter(output, stream.HasDtime);
        stream.Read(new OriginalTicks(stream.Origin, writer), progress, stop);
        writer.Send();
    }

    public void Add(in PhotonBatch batch)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            if (_room.Length - _used < 64) Send();
            Put(batch.Channel[i]);
            _room[_used++] = (byte)',';
            Put(batch.Time[i]);
            if (hasDtime)
            {
                _room[_used++] = (byte)',';
                Put(batch.Dtime[i]);
            }
            _room[_used++] = (byte)'\n';
        }
    }

    void Put(long value)
    {
        Utf8Formatter.TryFormat(value, _room.AsSpan(_used), out var written);
        _used += written;
    }

    void Send()
    {
        output.Write(_room, 0, _used);
        _used = 0;
    }
}
