using MathNet.Numerics.LinearAlgebra;

namespace PqdPortal.Analysis.Composition;

/// <summary>A lab's own sizing curve of one composition: E = E_inf + a L^-n, n between 1 and 2.</summary>
/// <remarks>
/// Least squares over a and E_inf for each n of a fine grid, with the bulk estimate as a prior of E_inf; the scatter of the points is
/// estimated from them and gives the uncertainties, that of n from the curvature of the sum of squares.
/// </remarks>
/// <param name="Infinity">E_inf [meV].</param>
/// <param name="A">[meV nm^n]</param>
/// <param name="N">Exponent; at 1 or 2 it ran to its bound.</param>
/// <param name="Scatter">One standard deviation of a point about the curve [meV].</param>
/// <param name="Pairs">How many points it rests on.</param>
public sealed record SizingCurve(double Infinity, double A, double N, double Scatter, int Pairs)
{
    /// <summary>Fewest pairs of size and energy that a curve is made of.</summary>
    public const int FewestPairs = 5;

    const double Least = 1, Most = 2, Step = 0.005;
    const double LeastScatter = 2; // [meV]: nobody reads a peak better than half a nanometre

    Matrix<double> Covariance { get; init; } = null!;

    /// <summary>Smallest and largest edge it was made of [nm].</summary>
    public (double From, double To) Edges { get; private init; }

    public bool IsAtBound => N <= Least + Step / 2 || N >= Most - Step / 2;

    /// <param name="points">Edges [nm] and energies [meV].</param>
    /// <param name="bulk">What the table says of E_inf [meV]; null for no prior.</param>
    /// <returns>Null for fewer than five points, or where all have one size.</returns>
    public static SizingCurve? Fit(IReadOnlyList<(double Edge, double Energy)> points, Uncertain? bulk)
    {
        var sound = points.Where(point => point.Edge > 0 && double.IsFinite(point.Edge) && point.Energy > 0 && double.IsFinite(point.Energy)).ToArray();
        if (sound.Length < FewestPairs || sound.Max(point => point.Edge) - sound.Min(point => point.Edge) < 1e-3) return null;

        var scatter = 20.0;
        (double Infinity, double A, double N, double Squares) best = default;
        // The prior weighs against the points by their scatter, which is not known before the fit.
        for (var round = 0; round < 6; round++)
        {
            best = default;
            for (var k = 0; k <= (int)Math.Round((Most - Least) / Step); k++)
            {
                var n = Least + k * Step;
                var (infinity, a) = Line(sound, n, scatter, bulk);
                var squares = Squares(sound, infinity, a, n);
                var total = squares / (scatter * scatter) + (bulk is { } prior ? Math.Pow((infinity - prior.Value) / prior.Sigma, 2) : 0);
                if (k == 0 || total < best.Squares) best = (infinity, a, n, total);
            }

            scatter = Math.Max(LeastScatter, Math.Sqrt(Squares(sound, best.Infinity, best.A, best.N) / (sound.Length - 2)));
        }

        var information = Matrix<double>.Build.Dense(3, 3);
        foreach (var (edge, _) in sound)
        {
            var row = Slope(edge, best.A, best.N);
            information += row.OuterProduct(row) / (scatter * scatter);
        }

        if (bulk is { } known) information[0, 0] += 1 / (known.Sigma * known.Sigma);
        // n is held between 1 and 2: a flat prior of that width.
        information[2, 2] += 12;
        return new(best.Infinity, best.A, best.N, scatter, sound.Length)
        {
            Covariance = information.Inverse(),
            Edges = (sound.Min(point => point.Edge), sound.Max(point => point.Edge)),
        };
    }

    /// <summary>The energy of a dot of that edge [meV], with the uncertainty of the curve and the scatter of a single batch.</summary>
    public Uncertain At(double edge)
    {
        var row = Slope(edge, A, N);
        return new(Infinity + A * Math.Pow(edge, -N), Math.Sqrt(Math.Max(0, row.DotProduct(Covariance * row)) + Scatter * Scatter));
    }

    static Vector<double> Slope(double edge, double a, double n)
    {
        var power = Math.Pow(edge, -n);
        return Vector<double>.Build.DenseOfArray([1, power, -a * power * Math.Log(edge)]);
    }

    static double Squares((double Edge, double Energy)[] points, double infinity, double a, double n) =>
        points.Sum(point => Math.Pow(point.Energy - infinity - a * Math.Pow(point.Edge, -n), 2));

    static (double Infinity, double A) Line((double Edge, double Energy)[] points, double n, double scatter, Uncertain? bulk)
    {
        var w = 1 / (scatter * scatter);
        double s = 0, sx = 0, sxx = 0, sy = 0, sxy = 0;
        foreach (var (edge, energy) in points)
        {
            var x = Math.Pow(edge, -n);
            (s, sx, sxx, sy, sxy) = (s + w, sx + w * x, sxx + w * x * x, sy + w * energy, sxy + w * x * energy);
        }

        if (bulk is { } prior) (s, sy) = (s + 1 / (prior.Sigma * prior.Sigma), sy + prior.Value / (prior.Sigma * prior.Sigma));
        var determinant = s * sxx - sx * sx;
        return ((sxx * sy - sx * sxy) / determinant, (s * sxy - sx * sy) / determinant);
    }
}
