namespace PqdPortal.Data;

/// <summary>Pages of long lists, by the number that stands in the address.</summary>
public static class Paging
{
    /// <summary>The rows of one page.</summary>
    /// <param name="page">From 1; less is the first, and far behind the last lies an empty one.</param>
    public static IQueryable<T> PageOf<T>(this IQueryable<T> rows, int page, int size) =>
        rows.Skip((int)Math.Min(int.MaxValue, size * (Math.Max(1L, page) - 1))).Take(size);
}
