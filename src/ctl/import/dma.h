#ifndef CTL_IMPORT_DMA_H
#define CTL_IMPORT_DMA_H

struct imported;

/*
 * Carries over dma's configuration, dma.conf and auth.conf as in dma(8);
 * dma.conf names the second if that is NULL here.
 */
void dma_import(struct imported *, const char *const files[2]);

#endif
