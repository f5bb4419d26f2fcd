using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Tests.Readers;

/// <summary>Keeps every event of a pass, also of one that several threads share.</summary>
sealed class PartedEventList : IPartedConsumer
{
    /// <summary>Parts that were joined; 0 where the pass was made in one go.</summary>
    public int Parts { get; private set; }

    /// <summary>Says that parts cannot be joined.</summary>
    public bool Refuses { get; init; }

    public EventList All { get; } = new();

    public void Add(in PhotonBatch batch) => All.Add(batch);

    public bool CanShift { get; init; }

    public void Shift(long ticks)
    {
        for (var i = 0; i < All.Time.Count; i++) All.Time[i] += ticks;
    }

    public IPartedConsumer Fork() => new PartedEventList();

    public bool CanJoin(IReadOnlyList<IPartedConsumer> parts) => !Refuses;

    public void Join(IReadOnlyList<IPartedConsumer> parts)
    {
        Assert.Empty(All.Time);
        Parts = parts.Count;
        foreach (var part in parts.Cast<PartedEventList>())
        {
            All.Time.AddRange(part.All.Time);
            All.Channel.AddRange(part.All.Channel);
            All.Dtime.AddRange(part.All.Dtime);
        }
    }
}
