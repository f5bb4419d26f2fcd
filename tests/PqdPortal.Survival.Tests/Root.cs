namespace PqdPortal.Survival.Tests;

/// <summary>What only root can try: to become somebody else.</summary>
static class Root
{
    /// <summary>Why it cannot be tried here; null where it can.</summary>
    public static string? Missing => !OperatingSystem.IsLinux() ? "users are made up on Linux only"
        : !Environment.IsPrivilegedProcess ? "only root can become somebody else; run as an ordinary user, every other test here is that user's" : null;
}

/// <summary>A test that needs root, skipped with the reason for others.</summary>
public sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute() => Skip = Root.Missing;
}

/// <summary>Several of them.</summary>
public sealed class RootTheoryAttribute : TheoryAttribute
{
    public RootTheoryAttribute() => Skip = Root.Missing;
}
