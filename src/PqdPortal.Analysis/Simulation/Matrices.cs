namespace PqdPortal.Analysis.Simulation;

/// <summary>The little linear algebra of a kinetic scheme, from additions and multiplications alone, for matrices of a few rows.</summary>
static class Matrices
{
    public static double[,] Identity(int n)
    {
        var one = new double[n, n];
        for (var i = 0; i < n; i++) one[i, i] = 1;
        return one;
    }

    public static double[,] Product(double[,] a, double[,] b)
    {
        var (rows, inner, columns) = (a.GetLength(0), b.GetLength(0), b.GetLength(1));
        var c = new double[rows, columns];
        for (var i = 0; i < rows; i++)
            for (var k = 0; k < inner; k++)
            {
                var x = a[i, k];
                if (x != 0)
                    for (var j = 0; j < columns; j++) c[i, j] += x * b[k, j];
            }

        return c;
    }

    /// <summary>Row vector times matrix.</summary>
    public static double[] Product(double[] row, double[,] b)
    {
        var c = new double[b.GetLength(1)];
        for (var k = 0; k < row.Length; k++)
            for (var j = 0; j < c.Length; j++) c[j] += row[k] * b[k, j];
        return c;
    }

    public static double[,] Scaled(double[,] a, double factor)
    {
        var c = new double[a.GetLength(0), a.GetLength(1)];
        for (var i = 0; i < a.GetLength(0); i++)
            for (var j = 0; j < a.GetLength(1); j++) c[i, j] = a[i, j] * factor;
        return c;
    }

    public static double[] RowSums(double[,] a)
    {
        var sums = new double[a.GetLength(0)];
        for (var i = 0; i < sums.Length; i++)
            for (var j = 0; j < a.GetLength(1); j++) sums[i] += a[i, j];
        return sums;
    }

    /// <summary>e^(At), by halving the time until a short series serves and squaring back.</summary>
    public static double[,] Exponential(double[,] a, double time)
    {
        var n = a.GetLength(0);
        var largest = 0.0;
        for (var i = 0; i < n; i++)
        {
            var sum = 0.0;
            for (var j = 0; j < n; j++) sum += Math.Abs(a[i, j]);
            largest = Math.Max(largest, sum);
        }

        var halvings = 0;
        for (var size = largest * time; size > 0.25; size /= 2) halvings++;
        var step = Scaled(a, Math.ScaleB(time, -halvings));
        var term = Identity(n);
        var result = Identity(n);
        for (var k = 1; k <= 12; k++) // 0.25^13 / 13! is below the rounding
        {
            term = Scaled(Product(term, step), 1.0 / k);
            for (var i = 0; i < n; i++)
                for (var j = 0; j < n; j++) result[i, j] += term[i, j];
        }

        for (; halvings > 0; halvings--) result = Product(result, result);
        return result;
    }

    /// <summary>The distribution that a chain keeps: pi A = 0 (rates) or, of A - 1, pi P = pi.</summary>
    public static double[] Kept(double[,] rates)
    {
        // One equation follows from the others; in its place the sum is 1. Elimination with the largest pivot.
        var n = rates.GetLength(0);
        var m = new double[n, n + 1];
        for (var i = 0; i < n; i++)
            for (var j = 0; j < n; j++) m[i, j] = i == n - 1 ? 1 : rates[j, i];
        m[n - 1, n] = 1;
        for (var column = 0; column < n; column++)
        {
            var pivot = column;
            for (var i = column + 1; i < n; i++)
                if (Math.Abs(m[i, column]) > Math.Abs(m[pivot, column])) pivot = i;
            for (var j = 0; j <= n; j++) (m[column, j], m[pivot, j]) = (m[pivot, j], m[column, j]);
            for (var i = 0; i < n; i++)
            {
                if (i == column || m[i, column] == 0) continue;
                var factor = m[i, column] / m[column, column];
                for (var j = column; j <= n; j++) m[i, j] -= factor * m[column, j];
            }
        }

        var kept = new double[n];
        for (var i = 0; i < n; i++) kept[i] = Math.Max(0, m[i, n] / m[i, i]);
        var sum = kept.Sum();
        return [.. kept.Select(x => x / sum)];
    }
}
