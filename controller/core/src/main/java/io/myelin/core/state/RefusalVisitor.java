package io.myelin.core.state;

/**
 * What is done for each kind of refusal: a new kind has to be thought of everywhere.
 *
 * @param <R> what comes of it
 */
public interface RefusalVisitor<R> {
  R visit(Outcome.LeaseExists o);

  R visit(Outcome.LeaseNotFound o);

  R visit(Outcome.LeaseEnded o);

  R visit(Outcome.LeaseOfJob o);

  R visit(Outcome.JobExists o);

  R visit(Outcome.JobNotFound o);

  R visit(Outcome.JobEnded o);

  R visit(Outcome.JobEtagMismatch o);

  R visit(Outcome.JobUnfit o);

  R visit(Outcome.QuotaExceeded o);

  R visit(Outcome.RequestIdReused o);

  R visit(Outcome.EtagMismatch o);

  R visit(Outcome.TrafficTaken o);

  R visit(Outcome.LinkFull o);

  R visit(Outcome.NoPath o);

  R visit(Outcome.PathUnfit o);

  R visit(Outcome.Superseded o);

  R visit(Outcome.InventoryInUse o);

  R visit(Outcome.InventoryUsed o);

  R visit(Outcome.InventoryOvertaken o);
}
