using PerceptionEncoder;
using PerceptionEncoder.Tensors;
using SearchService;

NativeMemory.Keep();     // on a CPU, memory that is kept makes batches faster; first, because it may start the process anew
try
{
    await using var app = SearchApplication.Create(args);
    await app.RunAsync();
    return 0;
}
catch (UserErrorException problem)
{
    Console.Error.WriteLine($"SearchService: {problem.Message}");
    return 2;
}
