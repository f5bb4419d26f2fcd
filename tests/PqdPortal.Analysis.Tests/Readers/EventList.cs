using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Tests.Readers;

/// <summary>Keeps every event of a pass.</summary>
sealed class EventList : IPhotonConsumer
{
    public List<long> Time { get; } = [];
    public List<short> Channel { get; } = [];
    public List<int> Dtime { get; } = [];

    public void Add(in PhotonBatch batch)
    {
        Time.AddRange(batch.Time);
        Channel.AddRange(batch.Channel);
        Dtime.AddRange(batch.Dtime);
    }

    public List<(long Time, short Channel)> Events => [.. Time.Zip(Channel)];
}
