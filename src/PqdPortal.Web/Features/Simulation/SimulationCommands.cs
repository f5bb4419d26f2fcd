using System.Text.Json.Nodes;
using PqdPortal.Analysis;
using PqdPortal.Jobs;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Features.Simulation;

/// <summary>Asks for simulated measurements. The photons are drawn in the background, like every long work.</summary>
public sealed class SimulationCommands(CurrentViewer me, RequestSimulation simulations)
{
    /// <param name="name">Of the run and its file.</param>
    /// <param name="request">What <c>pqd simulate</c> takes.</param>
    /// <returns>The run, marked as simulated.</returns>
    /// <exception cref="RequestException">The request cannot be simulated, or the viewer may not add to the place.</exception>
    public async Task<Guid> Ask(SimulationPlace place, string name, JsonObject request, CancellationToken stop = default)
    {
        try
        {
            return await simulations.Ask(
                await me.Get(stop), new NewUpload(name, 0) { Project = place.Project, Sample = place.Sample, Emitter = place.Dot, Simulated = true }, request, stop);
        }
        catch (UploadException refused)
        {
            throw new RequestException(refused.Message);
        }
    }
}
