namespace PqdPortal.Analysis.Measurements;

/// <summary>Several consumers in one pass: each sees every batch, in their order.</summary>
/// <remarks>A pass is shared by threads where all of them can be; their results are those of passes of their own.</remarks>
public sealed class Together(IReadOnlyList<IPhotonConsumer> consumers) : IPartedConsumer
{
    readonly IReadOnlyList<IPhotonConsumer> _consumers = consumers;

    public void Add(in PhotonBatch batch)
    {
        foreach (var consumer in _consumers) consumer.Add(batch);
    }

    public bool CanShift => _consumers.All(consumer => consumer is IPartedConsumer { CanShift: true });

    public void Shift(long ticks)
    {
        foreach (var consumer in _consumers) ((IPartedConsumer)consumer).Shift(ticks);
    }

    public IPartedConsumer? Fork()
    {
        var forks = new List<IPhotonConsumer>();
        foreach (var consumer in _consumers)
        {
            if ((consumer as IPartedConsumer)?.Fork() is not { } fork) return null;
            forks.Add(fork);
        }
        return new Together(forks);
    }

    public bool CanJoin(IReadOnlyList<IPartedConsumer> parts)
    {
        for (var i = 0; i < _consumers.Count; i++)
            if (!((IPartedConsumer)_consumers[i]).CanJoin(Of(parts, i)))
                return false;
        return true;
    }

    public void Join(IReadOnlyList<IPartedConsumer> parts)
    {
        for (var i = 0; i < _consumers.Count; i++) ((IPartedConsumer)_consumers[i]).Join(Of(parts, i));
    }

    static IPartedConsumer[] Of(IReadOnlyList<IPartedConsumer> parts, int i) => [.. parts.Select(part => (IPartedConsumer)((Together)part)._consumers[i])];
}
