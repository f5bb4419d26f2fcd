namespace PqdPortal.Analysis.Fitting;

/// <summary>Mean and standard deviation of values that come one by one (Welford, Technometrics 4, 419 (1962)).</summary>
public sealed class Spread
{
    double _square;

    /// <summary>How many came.</summary>
    public int Count { get; private set; }

    public double Mean { get; private set; }

    /// <summary>Sample standard deviation: the error, where the values are those of a bootstrap. 0 below two values.</summary>
    public double Deviation => Count > 1 ? Math.Sqrt(_square / (Count - 1)) : 0;

    /// <summary>sqrt((n-1)/n sum (x - mean)²): the error, where each value leaves out one of n blocks. 0 below two values.</summary>
    public double JackknifeError => Count > 1 ? Math.Sqrt(_square * (Count - 1) / Count) : 0;

    public void Add(double x)
    {
        Count++;
        var d = x - Mean;
        Mean += d / Count;
        _square += d * (x - Mean);
    }
}
