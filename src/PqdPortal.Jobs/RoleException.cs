using PqdPortal.Analysis;

namespace PqdPortal.Jobs;

/// <summary>The person sees what they ask to have changed, and their role does not include changing it. Nothing was changed.</summary>
public sealed class RoleException(string message) : RequestException(message);
